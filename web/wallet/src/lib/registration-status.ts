import { fromBase64 } from './bytes';
import { BadSignature, verifySigned } from './jws';
import { fields, number, text, Unreadable, type Fields } from './read';
import { BadChain, skewSeconds, uris, type Certificate } from './x509';
import { Problem } from './problem';

/** How long a registrar's list says that a registration holds, in seconds; clocks get no tolerance at its end. */
const life = 60;
/** More than any registrar's list has, unpacked. */
const mostBytes = 1 << 20;
const [valid, invalid, suspended] = [0, 1, 2];

/**
 * Whether a registration still holds, by the registrar's status list that came with the request
 * (draft-ietf-oauth-status-list): fetching it here would tell the registrar that a card is about to be shown.
 */
export async function mustStand(
  registration: Fields,
  list: string | undefined,
  expected: { registrars: readonly Certificate[]; now: Date; who: Record<string, string> },
): Promise<void> {
  if (registration['status'] === undefined) return;
  const { who } = expected;
  const status = await statusOf(registration, list, expected);
  if (status === valid) return;
  if (status === suspended) throw new Problem('asker_suspended', { who });
  if (status === invalid) throw new Problem('asker_withdrawn', { who });
  throw new Problem('asker_standing_unknown', { who });
}

async function statusOf(
  registration: Fields,
  list: string | undefined,
  expected: { registrars: readonly Certificate[]; now: Date },
): Promise<number | undefined> {
  if (list === undefined) return undefined;
  try {
    const reference = fields(fields(registration['status'], 'status')['status_list'], 'status_list');
    const { payload, leaf } = await verifySigned(list, {
      typ: 'statuslist+jwt',
      anchors: expected.registrars,
      now: expected.now,
    });
    if (!uris(leaf).includes(text(registration['iss'], 'iss'))) return undefined;
    if (payload['sub'] !== text(reference['uri'], 'uri')) return undefined;
    const age = expected.now.getTime() / 1000 - number(payload['iat'], 'iat');
    if (age > life || age < -skewSeconds) return undefined;
    const packed = fields(payload['status_list'], 'status_list');
    const bits = number(packed['bits'], 'bits');
    if (![1, 2, 4, 8].includes(bits)) return undefined;
    const bytes = await unpack(fromBase64(text(packed['lst'], 'lst')));
    return entry(bytes, bits, number(reference['idx'], 'idx'));
  } catch (error) {
    if (error instanceof BadSignature || error instanceof BadChain || error instanceof Unreadable)
      return undefined;
    throw error;
  }
}

/** An entry of the list: the lowest bits of a byte come first (section 4.1). */
function entry(bytes: Uint8Array, bits: number, index: number): number | undefined {
  const byte = bytes[Math.floor((index * bits) / 8)];
  return byte === undefined ? undefined : (byte >> ((index * bits) % 8)) & ((1 << bits) - 1);
}

/** Inflates zlib data, up to a size. */
async function unpack(packed: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate')).getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new Unreadable('lst');
    });
    if (done) break;
    length += value.length;
    if (length > mostBytes) throw new Unreadable('lst');
    pieces.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
