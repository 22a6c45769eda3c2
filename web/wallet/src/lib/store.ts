import type { Guard } from './guard';
import type { HeldKey, SealedKey } from './keys';
import type { ClaimPath, Level } from './dcql';
import type { Deleted, Kept } from './deletion';

/** One one-time copy of the card and the key it is bound to. */
export interface Copy {
  token: string;
  /** Of a full card it is sealed: only the holder's passkey opens it. */
  key: HeldKey | SealedKey;
  /** Set before the copy leaves the wallet, so that none is ever shown twice. */
  usedAt: number | undefined;
  expires: number;
}

export interface Card {
  issuer: string;
  issuerName: Record<string, string>;
  configuration: string;
  level: Level;
  vct: string;
  /** The claims as the issuer stated them; the same in every copy. */
  claims: Record<string, unknown>;
  receivedAt: number;
  state: 'live' | 'ended';
}

/** What lets the wallet fetch fresh copies (OAuth refresh token, bound to the DPoP key, replaced at each use). */
export interface Renewal {
  refreshToken: string;
  issuer: string;
  configuration: string;
}

export interface PendingEnrolment {
  issuer: string;
  /** The card that is applied for. */
  level: Level;
  id: string;
  token: string;
  stepsTotal: number;
  /** The step in hand and how many are behind, so that a reloaded page goes on where it was. */
  step: string;
  done: number;
  expiresAt: number;
  captured: boolean;
}

/** A showing as the holder may look it up later: who, why, which kinds of data; no values. */
export interface Showing {
  at: number;
  relyingParty: string;
  name: Record<string, string>;
  purpose: Record<string, string>;
  claims: ClaimPath[];
  outcome: 'shown' | 'declined';
  /** What is kept of it for the relying party's record, if anything. */
  kept?: Kept | undefined;
}

/** The authority's log as this wallet last found it good: what later answers have to continue. */
export interface KnownLog {
  /** The C2SP verifier key under which it was checked. */
  logKey: string;
  /** Whose acts were seen: the resident number on the card. */
  holder: string;
  size: number;
  /** The root over so many entries, base64. */
  root: string;
  /** The acts that were seen, by their index. */
  seen: number[];
}

interface Single {
  instanceKey: HeldKey;
  dpopKey: HeldKey;
  card: Card;
  renewal: Renewal;
  /** Of a card that was granted and is not here yet; the card that is here keeps its own until then. */
  expected: Renewal;
  enrolment: PendingEnrolment;
  guard: Guard;
  trustSequence: number;
  log: KnownLog;
}

const databaseName = 'tanda-wallet';

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(databaseName, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('single');
      request.result.createObjectStore('copies', { autoIncrement: true });
      request.result.createObjectStore('showings', { autoIncrement: true });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

let database: Promise<IDBDatabase> | undefined;

async function within<T>(
  stores: string[],
  mode: IDBTransactionMode,
  work: (transaction: IDBTransaction) => IDBRequest<T> | undefined,
): Promise<T | undefined> {
  const opened = await (database ??= open());
  return new Promise((resolve, reject) => {
    // `strict`: what a showing relies on (a copy marked used) is on disk before the copy leaves.
    const transaction = opened.transaction(stores, mode, { durability: 'strict' });
    const request = work(transaction);
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

export function recall<K extends keyof Single>(name: K): Promise<Single[K] | undefined> {
  return within(['single'], 'readonly', (transaction) =>
    transaction.objectStore('single').get(name),
  ) as Promise<Single[K] | undefined>;
}

export async function keep<K extends keyof Single>(name: K, value: Single[K]): Promise<void> {
  await within(['single'], 'readwrite', (transaction) => transaction.objectStore('single').put(value, name));
}

export async function forget(name: keyof Single): Promise<void> {
  await within(['single'], 'readwrite', (transaction) => transaction.objectStore('single').delete(name));
}

/**
 * Stores a card with its copies and its renewal at once: there is never a card without copies or the reverse. Copies
 * of another level are of a card that this one has replaced; they go in the same step.
 */
export async function keepCard(card: Card, copies: Copy[], renewal: Renewal | undefined): Promise<void> {
  const before = await recall('card');
  await within(['single', 'copies'], 'readwrite', (transaction) => {
    const single = transaction.objectStore('single');
    single.put(card, 'card');
    if (renewal) single.put(renewal, 'renewal');
    single.delete('expected');
    single.delete('enrolment');
    const shelf = transaction.objectStore('copies');
    if (before && before.vct !== card.vct) shelf.clear();
    for (const copy of copies) shelf.add(copy);
    return undefined;
  });
}

export async function copiesLeft(now: number): Promise<number> {
  const copies = (await within(['copies'], 'readonly', (transaction) =>
    transaction.objectStore('copies').getAll(),
  )) as Copy[];
  return copies.filter((copy) => copy.usedAt === undefined && copy.expires > now).length;
}

/** Takes one unused copy and marks it used in the same transaction. Used and expired copies are dropped. */
export async function takeCopy(now: number): Promise<Copy | undefined> {
  let taken: Copy | undefined;
  await within(['copies'], 'readwrite', (transaction) => {
    const cursor = transaction.objectStore('copies').openCursor();
    cursor.onsuccess = () => {
      const at = cursor.result;
      if (!at) return;
      const copy = at.value as Copy;
      if (copy.usedAt !== undefined || copy.expires <= now) at.delete();
      else if (!taken) {
        taken = copy;
        at.update({ ...copy, usedAt: now });
      }
      at.continue();
    };
    return undefined;
  });
  return taken;
}

export async function remember(showing: Showing): Promise<void> {
  await within(['showings'], 'readwrite', (transaction) => transaction.objectStore('showings').add(showing));
}

export async function showings(): Promise<Showing[]> {
  const all = (await within(['showings'], 'readonly', (transaction) =>
    transaction.objectStore('showings').getAll(),
  )) as Showing[];
  return all.reverse();
}

/** Notes the receipt of what was kept of a showing, by the address where it was found. */
export async function noteDeletion(uri: string, deleted: Deleted): Promise<void> {
  await within(['showings'], 'readwrite', (transaction) => {
    const cursor = transaction.objectStore('showings').openCursor();
    cursor.onsuccess = () => {
      const at = cursor.result;
      if (!at) return;
      const showing = at.value as Showing;
      if (showing.kept?.uri === uri) at.update({ ...showing, kept: { ...showing.kept, deleted } });
      at.continue();
    };
    return undefined;
  });
}

/** Removes everything of this wallet from the device. */
export async function erase(): Promise<void> {
  await within(['single', 'copies', 'showings'], 'readwrite', (transaction) => {
    for (const store of ['single', 'copies', 'showings']) transaction.objectStore(store).clear();
    return undefined;
  });
}
