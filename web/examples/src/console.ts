import type { Evidence, Finding, Person, Waiting } from '../../console/src/lib/applications';
import { counterExamples } from './console-counter';
import { consolePartyExamples } from './console-parties';
import type { Report } from '../../console/src/lib/reports';
import type { Resident, Sheet, Unmasked } from '../../console/src/lib/residents';
import type { Figures } from '../../console/src/lib/figures';
import type { Officer } from '../../console/src/lib/officers';
import { Problem, type ProblemKind } from '../../console/src/lib/problem';
import Join from '../../console/src/screens/Join.svelte';
import SignIn from '../../console/src/screens/SignIn.svelte';
import ConsoleExample from './ConsoleExample.svelte';
import { example } from './example';
import { portrait } from './portrait';
import { proposalExamples } from './console-proposals';

const nothing = (): void => undefined;
const face = portrait();
const ago = (minutes: number): number => Date.now() - minutes * 60_000;

const invitation = {
  token: '',
  name: 'Wu Lan, counter 3',
  role: 'clerk',
  authority: 'Nansha District Office',
} as const;

function waits(id: string, minutes: number, findings: Finding[], heldFor?: Waiting['heldFor']): Waiting {
  return { id, since: ago(minutes), findings, heldFor };
}
const queue = [
  waits('a', 3000, ['looks_like_another'], 'supervisor'),
  waits('b', 135, ['face_uncertain', 'liveness_uncertain']),
  waits('c', 12, ['card_reported_lost']),
  waits('d', 1, ['card_reported_lost'], 'colleague'),
];

const person: Person = {
  name: 'Maria Magdalena Wijayakusumaningrat',
  number: '317•••••••••••03',
  birthDate: '1994-03-12',
  deceased: false,
  cardLost: true,
  portrait: face,
};
const evidence: Evidence = {
  id: 'b',
  since: ago(135),
  findings: ['face_uncertain', 'liveness_uncertain'],
  typedName: 'maria magdalena wijayakusumaningrat',
  resident: person,
  frames: (['look_straight', 'turn_left', 'close_eyes', 'look_straight', 'turn_right'] as const).map(
    (step) => ({
      step,
      picture: face,
    }),
  ),
  scores: [
    { what: 'portrait', score: 0.43, line: 0.45, strength: 'doubtful' },
    { what: 'same_person', score: 0.81, line: 0.4, strength: 'clear' },
    { what: 'live', score: 0.52, line: 0.55, strength: 'doubtful' },
  ],
  lookalikes: [],
  frozen: 0,
};
const twins: Evidence = {
  ...evidence,
  id: 'a',
  findings: ['looks_like_another'],
  scores: [
    { what: 'portrait', score: 0.61, line: 0.45, strength: 'clear' },
    { what: 'same_person', score: undefined, line: 0.4, strength: 'against' },
    { what: 'live', score: 0.58, line: 0.55, strength: 'narrow' },
  ],
  lookalikes: [
    { person: { ...person, name: 'Martha Wijayakusumaningrat', cardLost: false }, similarity: 0.71 },
  ],
};

const officers: Officer[] = [
  { id: '1', name: 'Ada Prasetyo', role: 'administrator', state: 'active', invitedAt: 0, hasOwnNumber: true },
  { id: '2', name: 'Wu Lan, counter 3', role: 'clerk', state: 'invited', invitedAt: 0, hasOwnNumber: false },
  { id: '3', name: 'Budi Santoso', role: 'supervisor', state: 'retired', invitedAt: 0, hasOwnNumber: true },
];
const link = {
  name: 'Wu Lan, counter 3',
  link: {
    link: 'https://authority.example/#invite=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHP',
    expiresAt: 0,
  },
};

const applications = {
  waiting: queue,
  open: undefined,
  opened: { at: 'nothing' },
  ondecide: nothing,
  onagain: nothing,
} as const;
const atOfficers = {
  officers,
  own: '1',
  mayInvite: true,
  oninvite: nothing,
  onchange: nothing,
  onfresh: nothing,
  onagain: nothing,
} as const;

const resident: Resident = {
  id: '1',
  maskedName: 'M••• M••• W•••',
  maskedNumber: '317•••••••••••03',
  birthYear: '1994',
  deceased: false,
  cardLost: true,
  cards: [
    {
      id: 'c',
      level: 'light',
      state: 'suspended',
      suspendedBy: 'authority',
      since: Date.now() - 12_000,
      expiresAt: 0,
    },
    { id: 'b', level: 'light', state: 'retired', suspendedBy: undefined, since: 0, expiresAt: undefined },
    { id: 'a', level: 'full', state: 'revoked', suspendedBy: undefined, since: 0, expiresAt: undefined },
  ],
};
const unmasked: Unmasked = {
  name: person.name,
  number: '3171025203940003',
  birthDate: person.birthDate,
  sex: 'female',
  nationalities: ['ID'],
  portrait: face,
};
const sheet: Sheet = {
  name: person.name,
  numberTail: '0003',
  codes: Array.from({ length: 20 }, (_, n) => `4TQ7-0XKB-9${String.fromCharCode(65 + n)}MR`),
  expiresAt: Date.UTC(2027, 1, 24),
};
const done = async (): Promise<boolean> => true;
const everything = new Set([
  'look_up_residents',
  'unmask_residents',
  'suspend_cards',
  'revoke_cards',
  'mark_cards_lost',
  'mark_deceased',
  'add_residents',
  'issue_sheets',
]);
const atResidents = {
  may: everything,
  onlook: nothing,
  onunmask: nothing,
  oncard: done,
  onmark: done,
  onsheet: done,
  onhandover: nothing,
  authority: 'Nansha District Office',
  onfresh: done,
  onclear: nothing,
} as const;

const hourly: Figures['hours'] = [
  0, 0, 0, 0, 0, 1, 3, 8, 14, 21, 17, 12, 9, 16, 22, 18, 11, 7, 4, 2, 1, 0, 0, 3,
].map((count, n) => ({
  begins: Date.UTC(2026, 10, 25, 9 + n),
  begun: Math.ceil(count * 1.6),
  approved: count,
  referred: Math.floor(count / 7),
  refused: Math.floor(count / 4),
}));
const figures: Figures = {
  hours: hourly,
  waiting: 4,
  oldest: ago(135),
  medianWait: 14 * 60,
  refusedFor: [
    { finding: 'not_live', count: 21 },
    { finding: 'face_differs', count: 12 },
    { finding: 'name_differs', count: 3 },
  ],
  attacks: [
    { attack: 'slowed', count: 18 },
    { attack: 'replayed', count: 2 },
    { attack: 'token_reused', count: 1 },
    { attack: 'passkey_refused', count: 4 },
  ],
  pictures: (
    ['good', 'too_dark', 'look_straight', 'turn_left', 'close_eyes', 'no_face', 'blurred', 'none'] as const
  ).map((said, at) => ({ said, count: Math.floor(1510 / (at * at + 1)) })),
  health: [
    { check: 'models', good: true, at: undefined, free: undefined },
    { check: 'log', good: true, at: ago(0), free: undefined },
    { check: 'housekeeping', good: true, at: ago(1), free: undefined },
    { check: 'room', good: true, at: undefined, free: 41_300_000_000 },
  ],
};
const quiet: Figures = {
  hours: hourly.map((hour) => ({ ...hour, begun: 0, approved: 0, referred: 0, refused: 0 })),
  waiting: 0,
  oldest: undefined,
  medianWait: undefined,
  refusedFor: [],
  attacks: [],
  pictures: [],
  health: [
    { check: 'models', good: false, at: undefined, free: undefined },
    { check: 'log', good: false, at: ago(90), free: undefined },
    { check: 'housekeeping', good: false, at: undefined, free: undefined },
    { check: 'room', good: false, at: undefined, free: 380_000_000 },
  ],
};
const reports: Report[] = [
  {
    id: 'a',
    relyingParty: 'hotel-nansha',
    complaint: 'asked-too-much',
    shownAt: 0,
    reportedAt: ago(90),
    words: 'They wanted to keep a copy of my face.\nI was told to come back otherwise.',
  },
  {
    id: 'b',
    relyingParty: 'cafe-tianhe',
    complaint: 'turned-away',
    shownAt: 0,
    reportedAt: ago(7),
    words: undefined,
  },
];
const atReports = { reports, onsettle: done, onclear: nothing, onagain: nothing } as const;
const adding = { onadd: nothing } as const;

const inTrouble: ProblemKind[] = [
  'no_network',
  'service_down',
  'slow',
  'decided_already',
  'own_matter',
  'own_entry',
  'role_not_permitted',
  'gone',
  'unexpected',
];

/** The officers' console, screen by screen. */
export const consoleExamples = [
  example('console-signin', SignIn, { onsignin: nothing }),
  ...(
    [
      'signed_out',
      'invitation_ended',
      'passkey_cancelled',
      'passkey_unsupported',
      'passkey_refused',
      'ceremony_ended',
    ] as const
  ).map((kind) =>
    example(`console-signin-${kind}`, SignIn, { onsignin: nothing, problem: new Problem(kind) }),
  ),
  example('console-join', Join, { invitation, onjoin: nothing }),
  example('console-join-busy', Join, { invitation, busy: true, onjoin: nothing }),
  example('console-queue', ConsoleExample, { applications }),
  example('console-queue-loading', ConsoleExample, { applications: { ...applications, waiting: undefined } }),
  example('console-queue-empty', ConsoleExample, {
    applications: { ...applications, waiting: [], done: 'Refused.' },
  }),
  example('console-queue-offline', ConsoleExample, { applications, offline: true }),
  example('console-idle', ConsoleExample, { applications, idle: 2 }),
  example('console-application-loading', ConsoleExample, {
    applications: { ...applications, open: 'b', opened: { at: 'loading' } },
  }),
  example('console-application', ConsoleExample, {
    applications: { ...applications, open: 'b', opened: { at: 'evidence', evidence } },
  }),
  example('console-application-refused', ConsoleExample, {
    applications: {
      ...applications,
      open: 'b',
      opened: { at: 'evidence', evidence },
      deciding: new Problem('reason_missing'),
    },
  }),
  example('console-lookalike', ConsoleExample, {
    applications: { ...applications, open: 'a', opened: { at: 'evidence', evidence: twins } },
  }),
  example('console-lookalike-frozen', ConsoleExample, {
    applications: {
      ...applications,
      open: 'a',
      opened: { at: 'evidence', evidence: { ...twins, frozen: 2 } },
    },
  }),
  ...inTrouble.map((kind) =>
    example(`console-problem-${kind}`, ConsoleExample, {
      applications: {
        ...applications,
        open: 'b',
        opened: { at: 'trouble', problem: new Problem(kind, '0f9c2a') },
      },
    }),
  ),
  example('console-residents', ConsoleExample, { residents: atResidents }),
  example('console-residents-busy', ConsoleExample, { residents: { ...atResidents, busy: true } }),
  example('console-resident', ConsoleExample, { residents: { ...atResidents, resident } }),
  example('console-resident-full', ConsoleExample, {
    residents: { ...atResidents, resident, full: unmasked },
  }),
  example('console-resident-reading', ConsoleExample, {
    residents: {
      ...atResidents,
      may: new Set(['look_up_residents']),
      resident: { ...resident, deceased: true, cards: [] },
    },
  }),
  ...(['nobody', 'case_missing', 'own_matter', 'number_malformed'] as const).map((kind) =>
    example(`console-residents-${kind}`, ConsoleExample, {
      residents: { ...atResidents, refused: new Problem(kind) },
    }),
  ),
  example('console-resident-card_changed', ConsoleExample, {
    residents: { ...atResidents, resident, refused: new Problem('card_changed'), during: 'act' },
  }),
  ...(['not_identified', 'deceased', 'card_suspended'] as const).map((kind) =>
    example(`console-resident-${kind}`, ConsoleExample, {
      residents: { ...atResidents, resident, refused: new Problem(kind), during: 'act' },
    }),
  ),
  example('console-sheet', ConsoleExample, { residents: { ...atResidents, resident, sheet } }),
  example('console-add', ConsoleExample, { adding }),
  example('console-add-done', ConsoleExample, { adding: { ...adding, added: resident } }),
  ...(
    [
      'number_taken',
      'person_name',
      'birth_date',
      'photo_no_face',
      'photo_two_faces',
      'photo_unusable',
      'no_camera',
      'camera_denied',
      'camera_busy',
    ] as const
  ).map((kind) =>
    example(`console-add-${kind}`, ConsoleExample, { adding: { ...adding, refused: new Problem(kind) } }),
  ),
  ...counterExamples,
  ...proposalExamples,
  example('console-reports', ConsoleExample, { reports: atReports }),
  example('console-reports-empty', ConsoleExample, { reports: { ...atReports, reports: [] } }),
  example('console-reports-loading', ConsoleExample, { reports: { ...atReports, reports: undefined } }),
  example('console-reports-settled', ConsoleExample, {
    reports: { ...atReports, refused: new Problem('report_settled') },
  }),
  ...consolePartyExamples,
  example('console-figures', ConsoleExample, { figures: { figures, onagain: nothing } }),
  example('console-figures-quiet', ConsoleExample, { figures: { figures: quiet, onagain: nothing } }),
  example('console-figures-loading', ConsoleExample, { figures: { figures: undefined, onagain: nothing } }),
  example('console-figures-down', ConsoleExample, {
    figures: { figures: undefined, problem: new Problem('service_down'), onagain: nothing },
  }),
  example('console-officers', ConsoleExample, { officers: atOfficers }),
  example('console-officers-link', ConsoleExample, { officers: { ...atOfficers, link } }),
  example('console-officers-reading', ConsoleExample, { officers: { ...atOfficers, mayInvite: false } }),
  ...(
    ['fresh_needed', 'name_malformed', 'number_malformed', 'last_administrator', 'own_account'] as const
  ).map((kind) =>
    example(`console-officers-${kind}`, ConsoleExample, {
      officers: { ...atOfficers, refused: new Problem(kind) },
    }),
  ),
];
