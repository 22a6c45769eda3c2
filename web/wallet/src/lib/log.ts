import { fromBase64, same, sha256, utf8, type Bytes } from './bytes';

/**
 * A Merkle log as the holder's side checks it: RFC 6962 hashes, RFC 9162 proofs, checkpoints and signed notes of
 * C2SP. Written from the specifications, and shares nothing with the server.
 */

/** A proof or a signature that does not hold, or cannot be read as one. */
export class BadProof extends Error {
  override name = 'BadProof';
}

/** The browser has no Ed25519: nothing can be said. */
export class CannotCheck extends Error {
  override name = 'CannotCheck';
}

/** A log's public key with its name, from a C2SP verifier key `name+id+key`. */
export interface LogKey {
  name: string;
  id: Bytes;
  publicKey: Bytes;
}

/** How many entries a log had, and the root over them. */
export interface Head {
  size: number;
  root: Bytes;
}

const ed25519 = 1;

function bytesOf(text: string): Bytes {
  // Only the one way to write it: what `atob` overlooks would be a second text for the same bytes.
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) throw new BadProof('not base64');
  return fromBase64(text);
}

export function readHash(text: string): Bytes {
  const hash = bytesOf(text);
  if (hash.length !== 32) throw new BadProof('not a hash');
  return hash;
}

export async function readLogKey(text: string): Promise<LogKey> {
  const [name, id, ...rest] = text.split('+');
  const typed = bytesOf(rest.join('+'));
  if (!name || !id || typed.length !== 33 || typed[0] !== ed25519) throw new BadProof('not a log key');
  const hash = await sha256(new Uint8Array([...utf8(`${name}\n`), ...typed]));
  const hex = [...hash.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  if (hex !== id) throw new BadProof('not the key that it says it is');
  return { name, id: hash.slice(0, 4), publicKey: typed.slice(1) };
}

async function isSignedBy(key: LogKey, text: string, signature: Bytes): Promise<boolean> {
  let imported: CryptoKey;
  try {
    imported = await crypto.subtle.importKey('raw', key.publicKey, { name: 'Ed25519' }, false, ['verify']);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotSupportedError') throw new CannotCheck();
    throw new BadProof('the key cannot be used');
  }
  return crypto.subtle.verify({ name: 'Ed25519' }, imported, signature, utf8(text));
}

/** Reads a checkpoint that the log signed; signatures of others on it are ignored. */
export async function openCheckpoint(note: string, key: LogKey): Promise<Head> {
  const at = note.lastIndexOf('\n\n');
  if (at < 0 || !note.endsWith('\n')) throw new BadProof('not a note');
  const text = note.slice(0, at + 1);
  let signed = false;
  for (const line of note.slice(at + 2, -1).split('\n')) {
    const [dash, name, encoded, ...more] = line.split(' ');
    if (dash !== '\u2014' || !name || !encoded || more.length > 0) throw new BadProof('not a signature line');
    const signature = bytesOf(encoded);
    if (name !== key.name || !same(signature.subarray(0, 4), key.id)) continue;
    if (!(await isSignedBy(key, text, signature.slice(4)))) throw new BadProof('a signature is false');
    signed = true;
  }
  if (!signed) throw new BadProof('the log did not sign it');
  const [origin, size, root] = text.split('\n');
  if (origin !== key.name || !size || !/^(0|[1-9][0-9]{0,14})$/.test(size) || !root)
    throw new BadProof('not a checkpoint of this log');
  return { size: Number(size), root: readHash(root) };
}

export function leafHash(entry: string): Promise<Bytes> {
  return sha256(new Uint8Array([0, ...utf8(entry)]));
}

function nodeHash(left: Bytes, right: Bytes): Promise<Bytes> {
  return sha256(new Uint8Array([1, ...left, ...right]));
}

// Sizes may pass 2^31, where JavaScript's bit operations end: halves and remainders instead.
const half = (n: number) => Math.floor(n / 2);
const odd = (n: number) => n % 2 === 1;

/** The way up from a leaf: where on its level it is, and which is the last there. */
class Climb {
  constructor(
    public at: number,
    public last: number,
  ) {}

  up(): void {
    this.at = half(this.at);
    this.last = half(this.last);
  }

  /** Whether the next hash of a proof stands to the left. */
  get left(): boolean {
    return odd(this.at) || this.at === this.last;
  }

  /** Over levels at which the node on the right edge has no sibling. */
  skipLonely(): void {
    while (!odd(this.at) && this.at !== 0) this.up();
  }
}

/** Throws unless the leaf is the entry at `index` of the tree with this head (RFC 9162 section 2.1.3.2). */
export async function checkInclusion(
  leaf: Bytes,
  index: number,
  { size, root }: Head,
  proof: readonly Bytes[],
): Promise<void> {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) throw new BadProof('no such entry');
  const climb = new Climb(index, size - 1);
  let hash = leaf;
  for (const step of proof) {
    if (climb.last === 0) throw new BadProof('the proof is too long');
    if (climb.left) {
      hash = await nodeHash(step, hash);
      climb.skipLonely();
    } else hash = await nodeHash(hash, step);
    climb.up();
  }
  if (climb.last !== 0) throw new BadProof('the proof is too short');
  if (!same(hash, root)) throw new BadProof('the proof leads to another root');
}

/** Throws unless the tree `old` is the beginning of the tree `now` (RFC 9162 section 2.1.4.2). */
export async function checkConsistency(old: Head, now: Head, proof: readonly Bytes[]): Promise<void> {
  if (old.size > now.size) throw new BadProof('the log has become shorter');
  if (old.size === 0 || old.size === now.size) {
    if (proof.length > 0) throw new BadProof('the proof is too long');
    if (old.size > 0 && !same(old.root, now.root)) throw new BadProof('the same size has another root');
    return;
  }
  const climb = new Climb(old.size - 1, now.size - 1);
  while (odd(climb.at)) climb.up();
  // An older tree that is complete is where the proof starts; it need not be in it.
  const complete = climb.at === 0;
  const [start, ...steps] = complete ? [old.root, ...proof] : proof;
  if (start === undefined) throw new BadProof('the proof is too short');
  let older = start;
  let newer = start;
  for (const step of steps) {
    if (climb.last === 0) throw new BadProof('the proof is too long');
    if (climb.left) {
      older = await nodeHash(step, older);
      newer = await nodeHash(step, newer);
      climb.skipLonely();
    } else newer = await nodeHash(newer, step);
    climb.up();
  }
  if (climb.last !== 0) throw new BadProof('the proof is too short');
  if (!same(older, old.root) || !same(newer, now.root))
    throw new BadProof('the log does not continue the one that was kept');
}
