import { generalProblem, problemOf, readJson } from './http';
import { ask } from './oauth';
import { levels, type Level } from './dcql';
import { fields, oneOf, text } from './read';
import { Problem } from './problem';

/** Where the account's card stands with the authority; the same from each of the account's devices. */
export interface Standing {
  issuer: string;
  level: Level;
  /** The holder has locked it. */
  locked: boolean;
  /** The authority has suspended it. */
  suspended: boolean;
  /** Whether this wallet has it. */
  here: boolean;
}

export const complaints = [
  'asked-too-much',
  'not-recognised',
  'kept-or-passed-on',
  'turned-away',
  'other',
] as const;
export type Complaint = (typeof complaints)[number];

async function read(issuer: string, response: Response): Promise<Standing | undefined> {
  if (!response.ok) {
    const document = await problemOf(response);
    if (document.code === 'no-card') return undefined;
    if (document.code === 'card-over') throw new Problem('card_ended');
    throw generalProblem(response, document);
  }
  const card = fields(await readJson(response), 'card');
  text(card['state'], 'state');
  return {
    issuer,
    level: oneOf(levels, card['level'], 'level'),
    locked: card['locked'] === true,
    suspended: card['suspended'] === true,
    here: card['here'] === true,
  };
}

/** The account's card at an authority; nothing where it has none in use. */
export async function standingAt(issuer: string): Promise<Standing | undefined> {
  return read(issuer, await ask(issuer, 'GET', '/card'));
}

async function changed(issuer: string, path: string): Promise<Standing> {
  const standing = await read(issuer, await ask(issuer, 'POST', path));
  if (standing === undefined) throw new Problem('card_ended');
  return standing;
}

export const lock = (issuer: string): Promise<Standing> => changed(issuer, '/card/lock');
export const unlock = (issuer: string): Promise<Standing> => changed(issuer, '/card/unlock');

/** Ends the account's card for good; where there is none any more, that is as well. */
export async function giveUp(issuer: string): Promise<void> {
  await read(issuer, await ask(issuer, 'POST', '/card/give-up'));
}

/** Tells the authority about a relying party. `shown` is a line of the history: who, and when. */
export async function report(
  issuer: string,
  shown: { at: number; relyingParty: string },
  complaint: Complaint,
  words: string,
): Promise<void> {
  const body = {
    relying_party: shown.relyingParty,
    shown_at: new Date(shown.at).toISOString(),
    complaint,
    words,
  };
  const response = await ask(issuer, 'POST', '/reports', body);
  if (response.ok) return;
  const document = await problemOf(response);
  throw document.code === 'no-card' ? new Problem('card_ended') : generalProblem(response, document);
}
