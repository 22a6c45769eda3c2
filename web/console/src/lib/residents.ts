import { fields, list, oneOf, optional, text } from '@tanda/ui/read';
import { picture } from './applications';
import { post } from './http';

const states = ['intended', 'live', 'suspended', 'revoked', 'retired', 'expired'] as const;
export type CardState = (typeof states)[number];

export interface Card {
  id: string;
  level: 'light' | 'full';
  state: CardState;
  /** Who has suspended it, if it is. */
  suspendedBy: 'authority' | 'holder' | 'both' | undefined;
  /** By this machine's clock. */
  since: number;
  expiresAt: number | undefined;
}

export interface Marks {
  deceased: boolean;
  cardLost: boolean;
}

/** A resident as a look-up shows them: enough to know that it is the right one. */
export interface Resident extends Marks {
  id: string;
  maskedName: string;
  maskedNumber: string;
  birthYear: string;
  cards: Card[];
}

export interface Unmasked {
  name: string;
  number: string;
  birthDate: string;
  sex: 'female' | 'male' | 'unknown';
  nationalities: string[];
  portrait: string;
}

/** Why somebody is looked at: the case and the reason go with every act on them. */
export interface Why {
  case: string;
  reason: string;
}

export const cardActs = ['suspend', 'restore', 'lock', 'revoke'] as const;
export type CardAct = (typeof cardActs)[number];
export const marks = ['card_lost', 'deceased'] as const;
export type Mark = (typeof marks)[number];

/** What can be done with a card in a state. */
export function actsOn({ state, suspendedBy }: Card): CardAct[] {
  if (state === 'live') return ['suspend', 'lock', 'revoke'];
  if (state !== 'suspended') return [];
  if (suspendedBy === 'holder') return ['suspend', 'revoke'];
  return suspendedBy === 'both' ? ['restore', 'revoke'] : ['restore', 'lock', 'revoke'];
}

function readCard(value: unknown, drift: number): Card {
  const card = fields(value, 'card');
  return {
    id: text(card['id'], 'id'),
    level: oneOf(['light', 'full'] as const, card['level'], 'level'),
    state: oneOf(states, card['state'], 'state'),
    suspendedBy: optional(card['suspended_by'], (by) =>
      oneOf(['authority', 'holder', 'both'] as const, by, 'suspended_by'),
    ),
    since: Date.parse(text(card['since'], 'since')) + drift,
    expiresAt: optional(card['expires_at'], (at) => Date.parse(text(at, 'expires_at'))),
  };
}

export function readResident(value: unknown): Resident {
  const resident = fields(value, 'resident');
  const drift = Date.now() - Date.parse(text(resident['now'], 'now'));
  return {
    id: text(resident['id'], 'id'),
    maskedName: text(resident['name'], 'name'),
    maskedNumber: text(resident['number'], 'number'),
    birthYear: text(resident['birth_year'], 'birth_year'),
    deceased: resident['deceased'] === true,
    cardLost: resident['card_lost'] === true,
    cards: list(resident['cards'], 'cards').map((card) => readCard(card, drift)),
  };
}

export function readUnmasked(value: unknown): Unmasked {
  const full = fields(value, 'record');
  return {
    name: text(full['name'], 'name'),
    number: text(full['number'], 'number'),
    birthDate: text(full['birth_date'], 'birth_date'),
    sex: oneOf(['female', 'male', 'unknown'] as const, full['sex'], 'sex'),
    nationalities: list(full['nationalities'], 'nationalities').map((one) => text(one, 'nationality')),
    portrait: picture(full['portrait']),
  };
}

const place = (id: string): string => `/console/residents/${encodeURIComponent(id)}`;

/** Looks somebody up by number. Every look is recorded, also one that finds nobody. */
export async function lookUp(number: string, why: Why): Promise<Resident> {
  return readResident(await post('/console/residents/look', { number, ...why }));
}

/** Shows the whole record: a look of its own. */
export async function unmask(id: string, why: Why): Promise<Unmasked> {
  return readUnmasked(await post(`${place(id)}/unmask`, why));
}

/** How an officer knows who asks. */
export const identityChecks = [
  'face_compared',
  'document_seen',
  'number_named',
  'birth_date_named',
  'card_date_named',
] as const;
export type IdentityCheck = (typeof identityChecks)[number];

/** Somebody was looked at, or at least two questions were answered; a sheet is for people at the counter. */
export function identifies(checks: readonly IdentityCheck[], inPerson: boolean): boolean {
  const seen = checks.includes('face_compared') || checks.includes('document_seen');
  return seen || (!inPerson && checks.length >= 2);
}

export async function actOnCard(
  card: string,
  act: CardAct,
  why: Why,
  identifiedBy: readonly IdentityCheck[] = [],
): Promise<Resident> {
  const asked = act === 'lock' ? { ...why, identified_by: identifiedBy } : why;
  return readResident(await post(`/console/cards/${encodeURIComponent(card)}/${act}`, asked));
}

/** A sheet to be printed, and then forgotten. */
export interface Sheet {
  name: string;
  numberTail: string;
  codes: string[];
  expiresAt: number;
}

/** Issues a sheet of codes; the resident's cards are others afterwards. */
export async function issueSheet(
  id: string,
  why: Why,
  identifiedBy: readonly IdentityCheck[],
): Promise<{ sheet: Sheet; resident: Resident }> {
  const issued = fields(await post(`${place(id)}/sheet`, { ...why, identified_by: identifiedBy }), 'sheet');
  return {
    sheet: {
      name: text(issued['name'], 'name'),
      numberTail: text(issued['number_tail'], 'number_tail'),
      codes: list(issued['codes'], 'codes').map((code) => text(code, 'code')),
      expiresAt: Date.parse(text(issued['expires_at'], 'expires_at')),
    },
    resident: readResident(issued['resident']),
  };
}

export async function mark(id: string, mark: Mark, set: boolean, why: Why): Promise<Resident> {
  return readResident(await post(`${place(id)}/marks`, { mark, set, ...why }));
}

export interface NewPerson {
  number: string;
  familyName: string;
  givenName: string;
  birthDate: string;
  /** A `data:` URL. */
  photo: string;
}

/** Puts somebody into the register. */
export async function add(person: NewPerson, why: Why): Promise<Resident> {
  const { number, familyName, givenName, birthDate, photo } = person;
  const added = await post('/console/residents', {
    number,
    family_name: familyName,
    given_name: givenName,
    birth_date: birthDate,
    photo: photo.slice(photo.indexOf(',') + 1),
    ...why,
  });
  return readResident(added);
}
