import type { Party, Purpose } from '../../console/src/lib/parties';
import { Problem } from '../../console/src/lib/problem';
import ConsoleExample from './ConsoleExample.svelte';
import { example } from './example';

const nothing = (): void => undefined;
const done = async (): Promise<boolean> => true;

const catalogue: Purpose[] = [
  {
    id: 'hotel-check-in',
    text: { en: 'Hotel check-in', id: 'Lapor masuk hotel', zh: '酒店入住登记' },
    level: 'light',
    claims: [['family_name'], ['given_name'], ['personal_administrative_number'], ['picture']],
    retentionDays: 30,
    resultOnly: false,
    record: [['family_name'], ['given_name'], ['personal_administrative_number']],
  },
  {
    id: 'cafe-sign-up',
    text: { en: 'Internet café sign-up', id: 'Pendaftaran warnet', zh: '网吧上网登记' },
    level: 'light',
    claims: [['age_equal_or_over', '18'], ['pseudonyms']],
    retentionDays: 0,
    resultOnly: true,
    record: [],
  },
  {
    id: 'bank-account',
    text: { en: 'Opening a bank account', id: 'Pembukaan rekening bank', zh: '银行开户' },
    level: 'full',
    claims: [['family_name'], ['given_name'], ['personal_administrative_number'], ['birthdate']],
    retentionDays: 1826,
    resultOnly: false,
    record: [],
  },
];
const hotel: Party = {
  id: 'hotel-nansha',
  revision: 3,
  name: { en: 'Nansha Harbour Hotel', id: 'Hotel Pelabuhan Nansha', zh: '南沙海港酒店' },
  hosts: ['desks.nansha-harbour.example', 'localhost'],
  privacyPolicy: 'https://nansha-harbour.example/privacy',
  keyThumbprint: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
  state: 'registered',
  since: 0,
  reason: 'seen at the counter, licence 2026-17',
  appliedAt: 0,
  asked: ['hotel-check-in'],
  purposes: ['hotel-check-in'],
  accessUntil: 0,
  registeredUntil: 0,
  openReports: 2,
};
const applicant: Party = {
  ...hotel,
  id: 'bank-delta-community-savings-and-loans',
  revision: 0,
  name: { en: 'Delta Community Savings and Loans', id: 'Bank Delta', zh: '三角洲社区储蓄银行' },
  privacyPolicy: undefined,
  state: 'applied',
  reason: undefined,
  asked: ['bank-account', 'hotel-check-in'],
  purposes: [],
  accessUntil: undefined,
  registeredUntil: undefined,
  openReports: 0,
};
const suspended: Party = {
  ...hotel,
  id: 'cafe-comet',
  name: { en: 'Comet Internet Café', id: 'Warnet Komet', zh: '彗星网吧' },
  state: 'suspended',
  reason: 'keeps copies of portraits, case 2026-31',
  purposes: ['cafe-sign-up'],
  openReports: 1,
};
const known = {
  parties: [applicant, suspended, hotel, { ...hotel, id: 'gone', state: 'ended' as const, openReports: 0 }],
  catalogue,
};
const screen = {
  known,
  open: undefined,
  may: new Set(['see_relying_parties', 'register_relying_parties', 'suspend_relying_parties']),
  onact: done,
  onfresh: done,
  onclear: nothing,
  onagain: nothing,
} as const;

/** The relying parties at the console. */
export const consolePartyExamples = [
  example('console-parties', ConsoleExample, { parties: screen }),
  example('console-parties-empty', ConsoleExample, {
    parties: { ...screen, known: { parties: [], catalogue } },
  }),
  example('console-parties-loading', ConsoleExample, { parties: { ...screen, known: undefined } }),
  example('console-parties-down', ConsoleExample, {
    parties: { ...screen, known: undefined, problem: new Problem('service_down') },
  }),
  example('console-parties-unknown', ConsoleExample, { parties: { ...screen, open: 'nobody' } }),
  ...(['bank-delta-community-savings-and-loans', 'hotel-nansha', 'cafe-comet', 'gone'] as const).map((id) =>
    example(`console-party-${id}`, ConsoleExample, { parties: { ...screen, open: id } }),
  ),
  example('console-party-reading', ConsoleExample, {
    parties: { ...screen, open: 'hotel-nansha', may: new Set(['see_relying_parties']) },
  }),
  ...(['fresh_needed', 'party_changed', 'reason_missing'] as const).map((kind) =>
    example(`console-party-${kind}`, ConsoleExample, {
      parties: { ...screen, open: 'hotel-nansha', refused: new Problem(kind) },
    }),
  ),
];
