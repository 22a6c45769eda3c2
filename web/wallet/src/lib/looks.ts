import { toBase64 } from './bytes';
import { generalProblem, problemOf, readJson } from './http';
import {
  BadProof,
  CannotCheck,
  checkConsistency,
  checkInclusion,
  leafHash,
  openCheckpoint,
  readHash,
  readLogKey,
  type Head,
} from './log';
import { ask } from './oauth';
import { Problem } from './problem';
import { fields, list, number, optional, text, Unreadable, type Fields } from './read';
import { keep, recall, type KnownLog } from './store';
import type { TrustList } from './trust-list';

/** One act about the holder, as the authority's log has it. */
export interface Look {
  index: number;
  at: number;
  kind: string;
  by: string;
  officer: string | undefined;
  role: string | undefined;
  reason: string | undefined;
  caseNumber: string | undefined;
  /** The entry's own proof holds under the checkpoint. */
  proved: boolean;
}

/**
 * What a proof that fails says: the log is under another key than before; its head is not signed by it; it does
 * not continue the log that this wallet knew; an act is not in it; an act that this wallet has seen is gone.
 */
export type Alarm = 'key' | 'signature' | 'history' | 'entry' | 'gone';

export interface Looks {
  looks: Look[];
  alarms: Alarm[];
  /** False where this browser cannot check signatures: then nothing is proved, and nothing disproved. */
  checked: boolean;
  more: boolean;
}

/** What the authority answered, before any of it is believed. */
export interface Answer {
  checkpoint: string;
  consistency: string[];
  acts: { index: number; entry: string; inclusion: string[] }[];
  more: boolean;
}

const hashes = (value: unknown, what: string): string[] => list(value, what).map((hash) => text(hash, what));

function readAnswer(value: unknown): Answer {
  const body = fields(value, 'looks');
  return {
    checkpoint: text(body['checkpoint'], 'checkpoint'),
    consistency: hashes(body['consistency'], 'consistency'),
    acts: list(body['acts'], 'acts').map((value) => {
      const act = fields(value, 'act');
      return {
        index: number(act['index'], 'index'),
        entry: text(act['entry'], 'entry'),
        inclusion: hashes(act['inclusion'], 'inclusion'),
      };
    }),
    more: body['more'] === true,
  };
}

function readEntry(index: number, entry: string): Omit<Look, 'proved'> {
  let said: Fields;
  try {
    said = fields(JSON.parse(entry), 'entry');
  } catch {
    throw new Unreadable('entry');
  }
  const word = (name: string) => optional(said[name], (value) => text(value, name));
  return {
    index,
    at: Date.parse(text(said['at'], 'at')),
    kind: text(said['kind'], 'kind'),
    by: text(said['by'], 'by'),
    officer: word('officer'),
    role: word('role'),
    reason: word('reason'),
    caseNumber: word('case'),
  };
}

/** Whether a check holds; what is no failed proof is no answer either, and goes on up. */
async function holds(check: () => Promise<void>): Promise<boolean> {
  try {
    await check();
    return true;
  } catch (error) {
    if (error instanceof BadProof) return false;
    throw error;
  }
}

/** Acts that were seen before, belong among those answered, and are not there. */
function areGone(known: KnownLog | undefined, answer: Answer, before: number | undefined): boolean {
  const answered = new Set(answer.acts.map(({ index }) => index));
  const from = answer.more ? Math.min(...answered) : 0;
  return (known?.seen ?? []).some(
    (index) => index >= from && index < (before ?? Infinity) && !answered.has(index),
  );
}

/**
 * Checks an answer against the log's key and against what the wallet has kept. `known` is what to keep from now
 * on: the same as before as soon as anything is wrong, so that the evidence stays.
 */
export async function check(
  answer: Answer,
  logKey: string,
  holder: string,
  kept: KnownLog | undefined,
  before?: number,
): Promise<{ looks: Looks; known: KnownLog | undefined }> {
  // Another person's card in the same wallet has other acts.
  const mine = kept?.holder === holder ? kept : kept && { ...kept, seen: [] };
  const alarms = new Set<Alarm>();
  if (kept && kept.logKey !== logKey) alarms.add('key');
  let head: Head | undefined;
  let checked = true;
  try {
    head = await openCheckpoint(answer.checkpoint, await readLogKey(logKey));
  } catch (error) {
    if (error instanceof BadProof) alarms.add('signature');
    else if (error instanceof CannotCheck) checked = false;
    else throw error;
  }
  // A log under another key cannot be told to continue the one that was kept.
  if (head && kept?.logKey === logKey) {
    const [old, now] = [{ size: kept.size, root: readHash(kept.root) }, head];
    const proof = () => checkConsistency(old, now, answer.consistency.map(readHash));
    if (!(await holds(proof))) alarms.add('history');
  }
  const looks: Look[] = [];
  for (const { index, entry, inclusion } of answer.acts) {
    const [look, under] = [readEntry(index, entry), head];
    const proved =
      under !== undefined &&
      (await holds(async () => checkInclusion(await leafHash(entry), index, under, inclusion.map(readHash))));
    if (under && !proved) alarms.add('entry');
    looks.push({ ...look, proved });
  }
  if (areGone(mine, answer, before)) alarms.add('gone');
  const good = head && alarms.size === 0;
  const known = good && head ? remembered(mine, head, answer, logKey, holder) : kept;
  return { looks: { looks, alarms: [...alarms], checked, more: answer.more }, known };
}

function remembered(
  mine: KnownLog | undefined,
  head: Head,
  answer: Answer,
  logKey: string,
  holder: string,
): KnownLog {
  const seen = new Set([...(mine?.seen ?? []), ...answer.acts.map(({ index }) => index)]);
  return { logKey, holder, size: head.size, root: toBase64(head.root), seen: [...seen] };
}

/** Who looked at the holder's record: asks the authority, and checks what it says. */
export async function whoLooked(
  issuer: string,
  holder: string,
  trust: TrustList,
  before?: number,
): Promise<Looks> {
  const logKey = trust.issuers.find((listed) => listed.id === issuer)?.logKey;
  if (logKey === undefined) throw new Problem('no_log');
  const kept = await recall('log');
  const query = new URLSearchParams({ kept: String(kept?.size ?? 0) });
  if (before !== undefined) query.set('before', String(before));
  const response = await ask(issuer, 'GET', `/log/mine?${query.toString()}`);
  if (!response.ok) {
    const document = await problemOf(response);
    if (document.code === 'no-live-card') throw new Problem('card_not_live');
    throw generalProblem(response, document);
  }
  const { looks, known } = await check(readAnswer(await readJson(response)), logKey, holder, kept, before);
  if (known) await keep('log', known);
  return looks;
}
