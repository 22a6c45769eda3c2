import { sha256, toBase64, utf8, type Bytes } from '../src/lib/bytes';
import type { Answer } from '../src/lib/looks';

/** A log as an authority keeps it, computed the slow way that RFC 6962 section 2.1 writes down. */
export interface TestLog {
  entries: string[];
  name: string;
  /** The C2SP verifier key. */
  logKey: string;
  privateKey: CryptoKey;
}

const join = (...parts: Uint8Array[]): Bytes => new Uint8Array(parts.flatMap((part) => [...part]));
const leaf = (entry: string): Promise<Bytes> => sha256(join(new Uint8Array([0]), utf8(entry)));
const node = (left: Bytes, right: Bytes): Promise<Bytes> => sha256(join(new Uint8Array([1]), left, right));

function split(count: number): number {
  let k = 1;
  while (2 * k < count) k *= 2;
  return k;
}

export async function rootOf(entries: readonly string[]): Promise<Bytes> {
  const [first] = entries;
  if (first === undefined) return sha256(new Uint8Array());
  if (entries.length === 1) return leaf(first);
  const k = split(entries.length);
  return node(await rootOf(entries.slice(0, k)), await rootOf(entries.slice(k)));
}

export async function inclusionOf(index: number, entries: readonly string[]): Promise<Bytes[]> {
  if (entries.length <= 1) return [];
  const k = split(entries.length);
  const [left, right] = [entries.slice(0, k), entries.slice(k)];
  return index < k
    ? [...(await inclusionOf(index, left)), await rootOf(right)]
    : [...(await inclusionOf(index - k, right)), await rootOf(left)];
}

export async function consistencyOf(old: number, entries: readonly string[]): Promise<Bytes[]> {
  const below = async (m: number, part: readonly string[], whole: boolean): Promise<Bytes[]> => {
    if (m === part.length) return whole ? [] : [await rootOf(part)];
    const k = split(part.length);
    const [left, right] = [part.slice(0, k), part.slice(k)];
    return m <= k
      ? [...(await below(m, left, whole)), await rootOf(right)]
      : [...(await below(m - k, right, false)), await rootOf(left)];
  };
  return old === 0 || old >= entries.length ? [] : below(old, entries, true);
}

export function entry(index: number, reason = 'asked at the counter'): string {
  return JSON.stringify({
    seq: index + 1,
    at: '2026-11-26T12:00:00.5Z',
    kind: 'register.looked-up',
    by: 'officer',
    officer: '0193a6d2-0000-7000-8000-000000000001',
    role: 'clerk',
    reason,
    case: '2026-17',
    subject: 'x',
    details: {},
  });
}

export async function testLog(count: number, of?: TestLog): Promise<TestLog> {
  const name = 'authority.example/log';
  const entries = Array.from({ length: count }, (_, index) => entry(index));
  if (of) return { ...of, entries };
  const keys = (await crypto.subtle.generateKey({ name: 'Ed25519' }, true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair;
  const typed = join(
    new Uint8Array([1]),
    new Uint8Array(await crypto.subtle.exportKey('raw', keys.publicKey)),
  );
  const id = (await sha256(join(utf8(`${name}\n`), typed))).subarray(0, 4);
  const hex = [...id].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return { entries, name, logKey: `${name}+${hex}+${toBase64(typed)}`, privateKey: keys.privateKey };
}

export async function checkpointOf(log: TestLog): Promise<string> {
  const text = `${log.name}\n${log.entries.length}\n${toBase64(await rootOf(log.entries))}\n`;
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', log.privateKey, utf8(text)));
  const [, id = ''] = log.logKey.split('+');
  const named = new Uint8Array((id.match(/../g) ?? []).map((byte) => parseInt(byte, 16)));
  return `${text}\n\u2014 ${log.name} ${toBase64(join(named, signature))}\n`;
}

/** What an authority answers to a wallet that has kept so many: the acts of even index are the holder's. */
export async function answerOf(log: TestLog, kept: number): Promise<Answer> {
  const mine = log.entries.map((_, index) => index).filter((index) => index % 2 === 0);
  return {
    checkpoint: await checkpointOf(log),
    consistency: (await consistencyOf(kept, log.entries)).map(toBase64),
    acts: await Promise.all(
      mine.reverse().map(async (index) => ({
        index,
        entry: log.entries[index] ?? '',
        inclusion: (await inclusionOf(index, log.entries)).map(toBase64),
      })),
    ),
    more: false,
  };
}
