import { fromBase64, sha256, toBase64Url, utf8 } from './bytes';
import { readJson, send } from './http';
import { BadSignature, verifySigned } from './jws';
import { Problem } from './problem';
import { fields, number, text, Unreadable, type Fields } from './read';
import { noteDeletion, type Showing } from './store';
import type { TrustList } from './trust-list';
import { BadChain, skewSeconds } from './x509';

/** That a relying party keeps something of a showing, until when, and its receipt once that is deleted. */
export interface Kept {
  /** Where the receipt will be; nobody can guess it. */
  uri: string;
  /** By when it has to be deleted, in milliseconds since 1970. */
  deleteBy: number;
  deleted?: Deleted | undefined;
}

/** A receipt that was checked. */
export interface Deleted {
  at: number;
  /** The receipt itself, a compact JWS: proof for whoever doubts it. */
  receipt: string;
}

const day = 86_400_000;
/** The desk counts from the moment at which it answered. */
const answered = 300_000;

/** What the answer to a response says of what is kept. Whoever took the response sends the wallet nowhere else. */
export function keptOf(
  answer: Fields,
  { responseUri, at, retentionDays }: { responseUri: string; at: number; retentionDays: number },
): Kept | undefined {
  const uri = answer['deletion_receipt_uri'];
  if (typeof uri !== 'string' || !URL.canParse(uri)) return undefined;
  if (new URL(uri).origin !== new URL(responseUri).origin) return undefined;
  return { uri, deleteBy: at + answered + retentionDays * day };
}

/** Whether it is time to ask for the receipt: not before, so that nobody learns more often than needed of this wallet. */
export function isDue(kept: Kept | undefined, now: number): boolean {
  return kept !== undefined && kept.deleted === undefined && now >= kept.deleteBy;
}

/**
 * Why there is no receipt of something whose time is over. `kept`: the relying party says that it still keeps it;
 * `missing`: it says nothing; `unproven`: what it says is no genuine receipt; `away`: it cannot be reached.
 */
export type NoReceipt = 'kept' | 'missing' | 'unproven' | 'away';

/**
 * Fetches every receipt that is due and keeps those that are genuine. Returns why the others are not there, by the
 * address where each should be.
 */
export async function collectDeletions(
  showings: Showing[],
  trust: TrustList,
  now: Date,
): Promise<Map<string, NoReceipt>> {
  const none = new Map<string, NoReceipt>();
  const due = showings.filter(({ kept }) => isDue(kept, now.getTime()));
  await Promise.all(
    due.map(async ({ kept, relyingParty }) => {
      if (!kept) return;
      const found = await fetchDeletion(kept, relyingParty, trust, now).catch(() => 'away' as const);
      if (typeof found === 'string') none.set(kept.uri, found);
      else await noteDeletion(kept.uri, found);
    }),
  );
  return none;
}

/**
 * Fetches and checks the receipt of what a relying party had kept. It must be the relying party's own, signed while
 * its certificate was in force, and about this showing.
 */
export async function fetchDeletion(
  kept: Kept,
  relyingParty: string,
  trust: TrustList,
  now: Date,
): Promise<Deleted | Exclude<NoReceipt, 'away'>> {
  const response = await send(kept.uri);
  if (response.status >= 500) throw new Problem('service_down');
  if (!response.ok) return 'missing';
  try {
    const { receipt } = fields(await readJson(response), 'deletion');
    if (receipt === undefined) return 'kept';
    const token = text(receipt, 'receipt');
    const { payload, leaf } = await verifySigned(token, {
      typ: 'tanda-deletion-receipt+jwt',
      anchors: trust.accessCas,
      // A receipt is good for longer than a certificate: what counts is when it was signed.
      now: signingTime(token, now),
    });
    const handle = new URL(kept.uri).pathname.split('/').at(-1) ?? '';
    const about = toBase64Url(await sha256(utf8(handle)));
    const own = leaf.subjectName.getField('O')[0];
    if (payload['sub'] !== about || payload['iss'] !== relyingParty || own !== relyingParty)
      return 'unproven';
    return { at: number(payload['iat'], 'iat') * 1000, receipt: token };
  } catch (error) {
    if (error instanceof BadSignature || error instanceof BadChain || error instanceof Unreadable)
      return 'unproven';
    throw error;
  }
}

/** When the token says that it was signed; not in the future. */
function signingTime(token: string, now: Date): Date {
  let payload: unknown;
  try {
    payload = JSON.parse(new TextDecoder().decode(fromBase64(token.split('.')[1] ?? '')));
  } catch {
    throw new Unreadable('receipt');
  }
  const at = new Date(number(fields(payload, 'receipt')['iat'], 'iat') * 1000);
  if (at.getTime() > now.getTime() + skewSeconds * 1000) throw new Unreadable('iat');
  return at;
}
