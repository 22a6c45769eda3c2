import { pick } from '@tanda/ui/language.svelte';
import { t as deskText } from '../../desk/src/messages';
import Choose from '../../desk/src/screens/Choose.svelte';
import Note from '../../desk/src/screens/Note.svelte';
import Request from '../../desk/src/screens/Request.svelte';
import SignIn from '../../desk/src/screens/SignIn.svelte';
import VerdictScreen from '../../desk/src/screens/VerdictScreen.svelte';
import type { Desk, Verdict } from '../../desk/src/lib/read';
import { Problem, type ProblemKind } from '../../wallet/src/lib/problem';
import type { Guidance } from '../../wallet/src/lib/capture';
import type { Alarm, Look } from '../../wallet/src/lib/looks';
import type { Registration } from '../../wallet/src/lib/registration';
import type { Standing } from '../../wallet/src/lib/standing';
import type { Card, Showing } from '../../wallet/src/lib/store';
import Account from '../../wallet/src/screens/Account.svelte';
import Ask from '../../wallet/src/screens/Ask.svelte';
import Code from '../../wallet/src/screens/Code.svelte';
import Consent from '../../wallet/src/screens/Consent.svelte';
import Control from '../../wallet/src/screens/Control.svelte';
import DeleteAccount from '../../wallet/src/screens/DeleteAccount.svelte';
import Details from '../../wallet/src/screens/Details.svelte';
import History from '../../wallet/src/screens/History.svelte';
import Home from '../../wallet/src/screens/Home.svelte';
import Looks from '../../wallet/src/screens/Looks.svelte';
import Report from '../../wallet/src/screens/Report.svelte';
import Settings from '../../wallet/src/screens/Settings.svelte';
import Trouble from '../../wallet/src/screens/Trouble.svelte';
import Welcome from '../../wallet/src/screens/Welcome.svelte';
import Capturing from './Capturing.svelte';
import { example, type Example } from './example';
import Parts from './Parts.svelte';
import { portrait } from './portrait';
import { waitsAndEnds } from './wallet-waits';

const nothing = (): void => undefined;
const later = async (): Promise<void> => undefined;
const face = portrait();
const authorityNames = { en: 'Nansha District Office', id: 'Kantor Distrik Nansha', zh: '南沙区公安分局' };
const authority = pick(authorityNames);

const card: Card = {
  issuer: 'https://authority.example',
  issuerName: authorityNames,
  configuration: 'tanda-card-light-sd-jwt',
  level: 'light',
  vct: 'urn:tanda:card:light:1',
  claims: {
    family_name: 'Sample',
    given_name: 'Putri Ayu',
    birthdate: '1994-03-12',
    personal_administrative_number: '440115199403120024',
    date_of_expiry: '2031-11-23',
    issuing_authority: authority,
    picture: face,
  },
  receivedAt: 0,
  state: 'live',
};
const long: Card = {
  ...card,
  issuerName: { en: 'Dinas Kependudukan dan Pencatatan Sipil Jakarta Selatan' },
  level: 'full',
  claims: {
    ...card.claims,
    family_name: 'Wijayakusumaningrat Sastrodiningrat',
    given_name: 'Maria Magdalena Anastasia',
    personal_administrative_number: '3174095203940003',
  },
};

const hotel: Registration = {
  relyingParty: 'hotel-nansha',
  name: { en: 'Nansha Harbour Hotel', id: 'Hotel Pelabuhan Nansha', zh: '南沙海港酒店' },
  purpose: { id: 'hotel-check-in', text: { en: 'Hotel check-in', id: 'Masuk hotel', zh: '酒店入住登记' } },
  level: 'light',
  claims: [],
  retentionDays: 30,
  privacyPolicy: 'https://hotel.example/privacy',
};
const cafe: Registration = {
  ...hotel,
  name: { en: 'Comet Internet Café', id: 'Warnet Comet', zh: '彗星网吧' },
  purpose: {
    id: 'cafe-sign-up',
    text: {
      en: 'Checking that you are 18 or older',
      id: 'Memastikan Anda berusia 18 tahun',
      zh: '核验您年满 18 周岁',
    },
  },
  retentionDays: 0,
  privacyPolicy: undefined,
};

const desk: Desk = {
  id: 'hotel-nansha',
  name: hotel.name,
  purposes: [
    {
      id: 'hotel-check-in',
      text: hotel.purpose.text,
      claims: [
        ['family_name'],
        ['given_name'],
        ['personal_administrative_number'],
        ['picture'],
        ['birthdate'],
      ],
      level: 'light',
      retentionDays: 30,
      resultOnly: false,
    },
  ],
};
const busyDesk: Desk = {
  ...desk,
  purposes: [
    ...desk.purposes,
    {
      ...(desk.purposes[0] as Desk['purposes'][number]),
      id: 'bank-account',
      text: { en: 'Open an account', id: 'Buka rekening', zh: '银行开户' },
      level: 'full',
    },
    {
      ...(desk.purposes[0] as Desk['purposes'][number]),
      id: 'cafe-sign-up',
      text: cafe.purpose.text,
      claims: [
        ['age_equal_or_over', '18'],
        ['pseudonyms', 'cafe-comet'],
      ],
      resultOnly: true,
    },
  ],
};
const verdict: Verdict = {
  outcome: 'valid',
  reason: undefined,
  claims: [
    { path: ['family_name'], value: 'Sample' },
    { path: ['given_name'], value: 'Putri Ayu' },
    { path: ['personal_administrative_number'], value: '440115199403120024' },
    { path: ['birthdate'], value: '1994-03-12' },
    { path: ['picture'], value: face },
  ],
  level: 'light',
  issuer: authorityNames,
  checkedAt: Date.now(),
  statusAge: 4,
};
const ofAge: Verdict = {
  ...verdict,
  issuer: undefined,
  claims: [
    { path: ['age_equal_or_over', '18'], value: true },
    { path: ['pseudonyms', 'cafe-comet'], value: 'q3J2fK9vTtaXx0h1b5mZbg' },
  ],
};
const bad = (outcome: 'not_valid' | 'cannot_tell', reason: string): Verdict => ({
  ...verdict,
  outcome,
  reason,
  claims: [],
  issuer: undefined,
  statusAge: undefined,
});
const askedLink =
  'http://localhost:8601/present?client_id=x509_hash%3Aq3J2fK9vTtaXx0h1b5mZbgq3J2fK9vTtaXx0h1b5mZbg&request_uri=http%3A%2F%2Flocalhost%3A8602%2Fopenid4vp%2Frequests%2F6b0f';
const request = {
  id: '1',
  walletLink: askedLink,
  code: 'AB12-CD34',
  expiresAt: Date.now() + 291_000,
};

const guidances: Guidance[] = [
  'no_face',
  'too_far',
  'too_dark',
  'turn_left',
  'turn_right',
  'close_eyes',
  'hold_still',
  'good',
];
const problems: ProblemKind[] = [
  'no_network',
  'no_network_to_show',
  'service_down',
  'slow',
  'signed_out',
  'passkey_cancelled',
  'passkey_unsupported',
  'no_camera',
  'camera_denied',
  'camera_busy',
  'number_malformed',
  'too_many_attempts',
  'enrolment_expired',
  'offer_used',
  'card_not_genuine',
  'card_ended',
  'no_copies',
  'no_card',
  'card_not_live',
  'no_log',
  'level_missing',
  'trust_list_bad',
  'trust_list_stale',
  'request_unreadable',
  'request_expired',
  'request_used',
  'request_not_genuine',
  'asker_unknown',
  'asker_unregistered',
  'over_asking_data',
  'over_asking_level',
  'request_unsupported',
  'code_unknown',
  'answer_refused',
  'unexpected',
];

const homeActions = {
  renewing: false,
  away: undefined,
  standing: undefined,
  oncontrol: nothing,
  sandbox: true,
  onshow: nothing,
  oncode: nothing,
  onhistory: nothing,
  onlooks: nothing,
  onsettings: nothing,
  onrenew: nothing,
  onapply: nothing,
};
const standing: Standing = { issuer: card.issuer, locked: false, suspended: false, here: true };
const controlActions = { busy: false, onlock: nothing, onunlock: nothing, onmove: nothing, onback: nothing };
const shown: Showing = {
  at: Date.now() - 60_000,
  relyingParty: 'h',
  name: hotel.name,
  purpose: hotel.purpose.text,
  claims: [['family_name'], ['picture']],
  outcome: 'shown',
};
const look: Look = {
  index: 4711,
  at: Date.now() - 3_600_000,
  kind: 'register.looked-up',
  by: 'officer',
  officer: '0193a6d2-41c7-7d3e-9b1a-5f60c2a7e911',
  role: 'clerk',
  reason: 'The resident asked at the counter for a corrected address',
  caseNumber: '2026-4417',
  proved: true,
};
const mine: Look = { ...look, by: 'wallet', officer: undefined, role: undefined, reason: undefined };
const acts: Look[] = [
  look,
  { ...look, index: 4102, kind: 'card.suspended', role: 'supervisor', caseNumber: undefined },
  { ...mine, index: 4001, kind: 'copies.issued' },
  { ...mine, index: 3999, kind: 'register.renumbered', by: 'policy' },
];
const alarms: Alarm[] = ['key', 'signature', 'history', 'entry', 'gone'];
const looksActions = { onmore: later, onback: nothing };
const ways = { again: nothing, signIn: nothing, apply: nothing, code: nothing, home: nothing };
const asked = (names: string[]) => names.map((name) => ({ path: [name], value: card.claims[name] }));
const deskActions = { onsignout: nothing, onnext: nothing, onagain: nothing };

/** Every screen in every state, by name; screenshot tests walk this list. */
export const examples: Example[] = [
  example('parts', Parts, { face }),
  example('wallet-welcome', Welcome, { onstart: nothing, onsignin: nothing }),
  example('wallet-account', Account, { oncreate: later, onsignin: later, onback: nothing }),
  example('wallet-details', Details, {
    authorities: [
      { issuer: 'a', name: authorityNames },
      { issuer: 'b', name: { en: 'Kota Contoh' } },
    ],
    issuer: 'a',
    number: '',
    name: '',
    onnext: nothing,
    onback: nothing,
  }),
  example('wallet-consent', Consent, { authority, onagree: later, onback: nothing }),
  ...guidances.map((guidance, n) =>
    example(`wallet-capture-${guidance}`, Capturing, { guidance, done: n % 4, face }),
  ),
  ...waitsAndEnds(authorityNames, hotel.name),
  example('wallet-home', Home, { ...homeActions, card, copies: 9 }),
  example('wallet-home-low', Home, { ...homeActions, card, copies: 1 }),
  example('wallet-home-no-network', Home, {
    ...homeActions,
    card,
    copies: 9,
    away: new Problem('no_network'),
  }),
  example('wallet-home-service-down', Home, {
    ...homeActions,
    card,
    copies: 9,
    away: new Problem('service_down'),
  }),
  example('wallet-home-renewing', Home, { ...homeActions, card, copies: 2, renewing: true }),
  example('wallet-home-full', Home, { ...homeActions, sandbox: false, card: long, copies: 10 }),
  example('wallet-home-ended', Home, { ...homeActions, card: { ...card, state: 'ended' }, copies: 0 }),
  example('wallet-code', Code, { oncode: nothing, onback: nothing }),
  example('wallet-ask-hotel', Ask, {
    registration: hotel,
    busy: false,
    onagree: nothing,
    ondecline: nothing,
    claims: asked(['picture', 'family_name', 'given_name', 'personal_administrative_number', 'birthdate']),
  }),
  example('wallet-ask-cafe', Ask, {
    registration: cafe,
    busy: false,
    onagree: nothing,
    ondecline: nothing,
    claims: ofAge.claims,
  }),
  example('wallet-home-locked', Home, {
    ...homeActions,
    card,
    copies: 9,
    standing: { ...standing, locked: true },
  }),
  example('wallet-home-suspended', Home, {
    ...homeActions,
    card,
    copies: 9,
    standing: { ...standing, suspended: true },
  }),
  example('wallet-home-moved', Home, {
    ...homeActions,
    card,
    copies: 9,
    standing: { ...standing, here: false },
  }),
  example('wallet-control', Control, { ...controlActions, standing }),
  example('wallet-control-locked', Control, { ...controlActions, standing: { ...standing, locked: true } }),
  example('wallet-control-suspended', Control, {
    ...controlActions,
    standing: { ...standing, locked: true, suspended: true },
  }),
  example('wallet-control-elsewhere', Control, { ...controlActions, standing: { ...standing, here: false } }),
  example('wallet-report', Report, {
    showing: shown,
    busy: false,
    sent: false,
    onsend: nothing,
    onback: nothing,
  }),
  example('wallet-report-sent', Report, {
    showing: shown,
    busy: false,
    sent: true,
    onsend: nothing,
    onback: nothing,
  }),
  example('wallet-delete-account', DeleteAccount, { busy: false, ondelete: nothing, onback: nothing }),
  example('wallet-history', History, {
    onback: nothing,
    onreport: nothing,
    showings: [
      shown,
      {
        at: Date.now() - 90_000_000,
        relyingParty: 'c',
        name: cafe.name,
        purpose: cafe.purpose.text,
        claims: [],
        outcome: 'declined',
      },
    ],
  }),
  example('wallet-history-none', History, { onback: nothing, onreport: nothing, showings: [] }),
  example('wallet-looks', Looks, {
    ...looksActions,
    answered: { looks: acts, alarms: [], checked: true, more: true },
  }),
  example('wallet-looks-none', Looks, {
    ...looksActions,
    answered: { looks: [], alarms: [], checked: true, more: false },
  }),
  example('wallet-looks-unchecked', Looks, {
    ...looksActions,
    answered: {
      looks: acts.map((act) => ({ ...act, proved: false })),
      alarms: [],
      checked: false,
      more: false,
    },
  }),
  ...alarms.map((alarm) =>
    example(`wallet-looks-alarm-${alarm}`, Looks, {
      ...looksActions,
      answered: {
        looks: acts.map((act, n) => ({ ...act, proved: n > 0 })),
        alarms: [alarm],
        checked: true,
        more: false,
      },
    }),
  ),
  example('wallet-settings', Settings, {
    onsignout: nothing,
    onremove: nothing,
    ondelete: nothing,
    onback: nothing,
  }),
  ...problems.map((kind) =>
    example(`wallet-problem-${kind}`, Trouble, {
      problem: new Problem(kind, {
        claims: [['sex'], ['nationalities']],
        seconds: 540,
        ...(kind === 'unexpected' ? { trace: '4bf92f3577b34da6' } : {}),
      }),
      ways,
    }),
  ),
  example('desk-signin', SignIn, { onsignin: later }),
  example('desk-choose', Choose, { desk, busy: undefined, onask: nothing, onsignout: nothing }),
  example('desk-choose-many', Choose, {
    desk: busyDesk,
    busy: undefined,
    onask: nothing,
    onsignout: nothing,
  }),
  example('desk-request', Request, {
    desk,
    request,
    purpose: hotel.purpose.text,
    opened: false,
    onhere: nothing,
    oncancel: nothing,
    onsignout: nothing,
  }),
  example('desk-request-opened', Request, {
    desk,
    request,
    purpose: hotel.purpose.text,
    opened: true,
    onhere: nothing,
    oncancel: nothing,
    onsignout: nothing,
  }),
  example('desk-valid', VerdictScreen, { desk, verdict, purpose: desk.purposes[0], ...deskActions }),
  example('desk-revoked', VerdictScreen, {
    desk,
    verdict: bad('not_valid', 'revoked'),
    purpose: desk.purposes[0],
    ...deskActions,
  }),
  example('desk-cannot-tell', VerdictScreen, {
    desk,
    verdict: bad('cannot_tell', 'status_stale'),
    purpose: desk.purposes[0],
    ...deskActions,
  }),
  example('desk-cafe-yes', VerdictScreen, {
    desk: { ...desk, name: cafe.name },
    verdict: ofAge,
    purpose: busyDesk.purposes[2],
    ...deskActions,
  }),
  example('desk-cafe-no', VerdictScreen, {
    desk: { ...desk, name: cafe.name },
    verdict: bad('not_valid', 'age_not_reached'),
    purpose: busyDesk.purposes[2],
    ...deskActions,
  }),
  example('desk-note', Note, {
    name: 'declined',
    desk,
    icon: 'cross',
    title: deskText('declined.title'),
    lead: deskText('declined.lead'),
    actions: [{ text: deskText('verdict.next'), do: nothing }],
  }),
];
