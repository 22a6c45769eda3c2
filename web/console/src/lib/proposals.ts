import { fields, list, number, oneOf, optional, text } from '@tanda/ui/read';
import { fetchFile, get, post } from './http';
import { readUnmasked, type Unmasked, type Why } from './residents';

const kinds = [
  'suspend-cards',
  'restore-cards',
  'revoke-cards',
  'import-residents',
  'correct-record',
  'merge-records',
  'export-records',
] as const;
export type ProposalKind = (typeof kinds)[number];
const states = ['open', 'confirmed', 'declined', 'withdrawn', 'lapsed'] as const;
export type ProposalState = (typeof states)[number];
export const manyCards = ['suspend', 'restore', 'revoke'] as const;
export type ManyCards = (typeof manyCards)[number];
const lineFaults = ['not_a_number', 'repeated', 'nobody', 'no_card', 'not_now', 'own_matter'] as const;
export type LineFaultKind = (typeof lineFaults)[number];

/** What one officer proposes and another confirms. Times are by this machine's clock. */
export interface Proposal {
  id: string;
  kind: ProposalKind;
  /** What colleagues call whoever proposed it, and whoever decided. */
  proposer: string | undefined;
  decider: string | undefined;
  own: boolean;
  case: string;
  reason: string;
  /** How many cards or residents it would touch, and did. */
  size: number;
  done: number | undefined;
  state: ProposalState;
  proposedAt: number;
  until: number | undefined;
  endedAt: number | undefined;
  /** Until when the officer can fetch what they exported. */
  fetchUntil: number | undefined;
}

/** A line of a list that is left out. */
export interface LineFault {
  line: number;
  fault: LineFaultKind;
}

/** What a list of numbers comes to. */
export interface CardsListing {
  cards: number;
  faults: LineFault[];
}

/** Whose records a list of numbers leads to. */
export interface RecordsListing {
  records: number;
  faults: LineFault[];
}

/** What exactly is proposed. */
export interface Content {
  /** Masked. */
  numbers: string[];
  /** The register file that they come from, if they are to be added. */
  file: { name: string; refused: number } | undefined;
  /** As a record is and would be; or the one that stays, and the one that goes. */
  records: { first: Unmasked; second: Unmasked } | undefined;
}

export function readProposals(value: unknown): Proposal[] {
  const answer = fields(value, 'proposals');
  const drift = Date.now() - Date.parse(text(answer['now'], 'now'));
  const moment = (at: unknown): number => Date.parse(text(at, 'time')) + drift;
  return list(answer['proposals'], 'proposals').map((entry) => {
    const proposal = fields(entry, 'proposal');
    return {
      id: text(proposal['id'], 'id'),
      kind: oneOf(kinds, proposal['kind'], 'kind'),
      proposer: optional(proposal['proposer'], (name) => text(name, 'proposer')),
      decider: optional(proposal['decider'], (name) => text(name, 'decider')),
      own: proposal['own'] === true,
      case: text(proposal['case'], 'case'),
      reason: text(proposal['reason'], 'reason'),
      size: number(proposal['size'], 'size'),
      done: optional(proposal['done'], (count) => number(count, 'done')),
      state: oneOf(states, proposal['state'], 'state'),
      proposedAt: moment(proposal['proposed_at']),
      until: optional(proposal['until'], moment),
      endedAt: optional(proposal['ended_at'], moment),
      fetchUntil: optional(proposal['fetch_until'], moment),
    };
  });
}

export function readListing(value: unknown): CardsListing {
  const listing = fields(value, 'listing');
  return { cards: number(listing['cards'], 'cards'), faults: readFaults(listing['faults']) };
}

export function readRecordsListing(value: unknown): RecordsListing {
  const listing = fields(value, 'listing');
  return { records: number(listing['records'], 'records'), faults: readFaults(listing['faults']) };
}

function readFaults(value: unknown): LineFault[] {
  return list(value, 'faults').map((entry) => {
    const fault = fields(entry, 'fault');
    return { line: number(fault['line'], 'line'), fault: oneOf(lineFaults, fault['fault'], 'lineFault') };
  });
}

export function readContent(value: unknown): Content {
  const content = fields(value, 'content');
  return {
    numbers: list(content['numbers'], 'numbers').map((one) => text(one, 'number')),
    file: optional(content['file'], (found) => {
      const file = fields(found, 'file');
      return { name: text(file['name'], 'name'), refused: number(file['refused'], 'refused') };
    }),
    records: optional(content['records'], (found) => {
      const records = fields(found, 'records');
      return { first: readUnmasked(records['first']), second: readUnmasked(records['second']) };
    }),
  };
}

/** What is right; what is empty stays as it is. */
export interface Correction {
  newNumber: string;
  familyName: string;
  givenName: string;
  birthDate: string;
  /** Two letters each, with spaces between. */
  nationalities: string;
  /** A `data:` URL. */
  photo: string | undefined;
}

export async function proposeCorrection(number: string, right: Correction, why: Why): Promise<void> {
  const given = (text: string): string | undefined => (text === '' ? undefined : text);
  await post('/console/proposals/corrections', {
    number,
    new_number: given(right.newNumber),
    family_name: given(right.familyName),
    given_name: given(right.givenName),
    birth_date: given(right.birthDate),
    nationalities: given(right.nationalities)
      ?.toUpperCase()
      .split(/[\s,]+/),
    photo: right.photo?.slice(right.photo.indexOf(',') + 1),
    ...why,
  });
}

export async function proposeMerger(stays: string, goes: string, why: Why): Promise<void> {
  await post('/console/proposals/mergers', { stays, goes, ...why });
}

export async function proposals(asking: { unattended?: boolean } = {}): Promise<Proposal[]> {
  return readProposals(await get('/console/proposals', asking));
}

/** Says what a list of numbers would come to. It is a look at everybody who is found. */
export async function previewCards(act: ManyCards, numbers: string, why: Why): Promise<CardsListing> {
  return readListing(await post('/console/proposals/cards/preview', { act, numbers, ...why }));
}

export async function proposeCards(act: ManyCards, numbers: string, why: Why): Promise<CardsListing> {
  return readListing(await post('/console/proposals/cards', { act, numbers, ...why }));
}

/** Says whose records a list of numbers leads to. It is a look at everybody who is found. */
export async function previewExport(numbers: string, why: Why): Promise<RecordsListing> {
  return readRecordsListing(await post('/console/proposals/exports/preview', { numbers, ...why }));
}

export async function proposeExport(numbers: string, why: Why): Promise<void> {
  await post('/console/proposals/exports', { numbers, ...why });
}

/** The records of an export that a colleague confirmed, as a table: once. */
export function fetchExport(id: string): Promise<Blob> {
  return fetchFile(`${place(id)}/file`);
}

const place = (id: string): string => `/console/proposals/${encodeURIComponent(id)}`;

/** Shows what exactly is proposed: a look of its own. */
export async function look(id: string): Promise<Content> {
  return readContent(await post(`${place(id)}/look`));
}

export type Settlement = 'confirm' | 'decline' | 'withdraw';
const ends = { confirm: 'confirmation', decline: 'refusal', withdraw: 'withdrawal' } as const;

export async function settle(id: string, how: Settlement, reason: string): Promise<void> {
  await post(`${place(id)}/${ends[how]}`, { reason });
}
