import { fields, list, localText, number, optional, text } from '@tanda/ui/read';
import { get, post } from './http';

const states = ['applied', 'refused', 'registered', 'suspended', 'ended'] as const;
export type PartyState = (typeof states)[number];
type LocalText = Record<string, string>;

/** What a purpose of the catalogue lets a relying party do. */
export interface Purpose {
  id: string;
  text: LocalText;
  level: 'light' | 'full';
  claims: string[][];
  retentionDays: number;
  resultOnly: boolean;
  record: string[][];
}

/** An organisation that asks residents for their cards, or wants to. */
export interface Party {
  id: string;
  /** Which state of it was looked at. */
  revision: number;
  name: LocalText;
  hosts: string[];
  privacyPolicy: string | undefined;
  keyThumbprint: string;
  state: PartyState;
  /** Times by this machine's clock. */
  since: number;
  reason: string | undefined;
  appliedAt: number;
  asked: string[];
  purposes: string[];
  accessUntil: number | undefined;
  registeredUntil: number | undefined;
  openReports: number;
}

export interface Parties {
  parties: Party[];
  catalogue: Purpose[];
}

/** What an officer does to a relying party. */
export type PartyAct =
  { what: 'register' | 'change'; purposes: string[] } | { what: 'refuse' | 'suspend' | 'restore' | 'end' };

const texts = (value: unknown, what: string): string[] => list(value, what).map((entry) => text(entry, what));

const paths = (value: unknown): string[][] => texts(value, 'claims').map((claim) => claim.split('.'));

function readPurpose(value: unknown): Purpose {
  const purpose = fields(value, 'purpose');
  return {
    id: text(purpose['id'], 'id'),
    text: localText(purpose['text'], 'text'),
    level: purpose['level'] === 'full' ? 'full' : 'light',
    claims: paths(purpose['claims']),
    retentionDays: number(purpose['retention_days'], 'retention_days'),
    resultOnly: purpose['result_only'] === true,
    record: paths(purpose['record']),
  };
}

export function readParties(value: unknown): Parties {
  const answer = fields(value, 'relying parties');
  const drift = Date.now() - Date.parse(text(answer['now'], 'now'));
  const time = (at: unknown): number => Date.parse(text(at, 'time')) + drift;
  const readParty = (entry: unknown): Party => {
    const party = fields(entry, 'relying party');
    const state = states.find((known) => known === party['state']);
    if (!state) throw new TypeError('not a state');
    return {
      id: text(party['id'], 'id'),
      revision: number(party['revision'], 'revision'),
      name: localText(party['name'], 'name'),
      hosts: texts(party['hosts'], 'hosts'),
      privacyPolicy: optional(party['privacy_policy'], (url) => text(url, 'privacy_policy')),
      keyThumbprint: text(party['key_thumbprint'], 'key_thumbprint'),
      state,
      since: time(party['since']),
      reason: optional(party['reason'], (reason) => text(reason, 'reason')),
      appliedAt: time(party['applied_at']),
      asked: texts(party['asked'], 'asked'),
      purposes: texts(party['purposes'], 'purposes'),
      accessUntil: optional(party['access_until'], time),
      registeredUntil: optional(party['registered_until'], time),
      openReports: number(party['open_reports'], 'open_reports'),
    };
  };
  return {
    parties: list(answer['relying_parties'], 'relying_parties').map(readParty),
    catalogue: list(answer['catalogue'], 'catalogue').map(readPurpose),
  };
}

export async function parties(asking: { unattended?: boolean } = {}): Promise<Parties> {
  return readParties(await get('/console/relying-parties', asking));
}

/** Does it. Wallets and verifiers know within a minute. */
export async function actOnParty(party: Party, act: PartyAct, reason: string): Promise<void> {
  const at = `/console/relying-parties/${encodeURIComponent(party.id)}`;
  if (act.what === 'register')
    await post(`${at}/registration`, { seen: party.revision, purposes: act.purposes, reason });
  else if (act.what === 'change') await post(`${at}/purposes`, { purposes: act.purposes, reason });
  else await post(`${at}/steps/${act.what}`, { reason });
}
