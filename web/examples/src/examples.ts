import { pick } from '@tanda/ui/language.svelte';
import Choose from '../../desk/src/screens/Choose.svelte';
import Enrol from '../../desk/src/screens/Enrol.svelte';
import OrderScreen from '../../desk/src/screens/OrderScreen.svelte';
import People from '../../desk/src/screens/People.svelte';
import Record from '../../desk/src/screens/Record.svelte';
import Request from '../../desk/src/screens/Request.svelte';
import Shift from '../../desk/src/screens/Shift.svelte';
import Staff from '../../desk/src/screens/Staff.svelte';
import VerdictScreen from '../../desk/src/screens/VerdictScreen.svelte';
import type { Desk, Order, Verdict } from '../../desk/src/lib/read';
import { Problem, problemKinds } from '../../wallet/src/lib/problem';
import type { Guidance } from '../../wallet/src/lib/capture';
import type { Alarm, Look } from '../../wallet/src/lib/looks';
import type { Registration } from '../../wallet/src/lib/registration';
import type { Kept } from '../../wallet/src/lib/deletion';
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
import { consoleExamples } from './console';
import { endsAndTroubles } from './desk-ends';
import Parts from './Parts.svelte';
import { example, type Example } from './example';
import { portrait } from './portrait';
import { fullCard } from './wallet-full-card';
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
  resultOnly: false,
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
  resultOnly: true,
  privacyPolicy: undefined,
};

const desk: Desk = {
  id: 'hotel-nansha',
  name: hotel.name,
  shift: { staff: 'mei', role: 'manager', endsAt: Date.now() + 12 * 3_600_000 },
  hasStaff: true,
  purposes: [
    {
      id: 'hotel-check-in',
      text: hotel.purpose.text,
      claims: [['family_name'], ['given_name'], ['personal_administrative_number'], ['picture']],
      level: 'light',
      retentionDays: 30,
      resultOnly: false,
      record: [['family_name'], ['given_name'], ['personal_administrative_number']],
      group: 1,
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
      record: [],
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
const ticket: Desk['purposes'][number] = {
  ...(desk.purposes[0] as Desk['purposes'][number]),
  id: 'ticket',
  text: { en: 'Ticket in your name', id: 'Tiket atas nama Anda', zh: '实名购票' },
  claims: [['family_name'], ['given_name'], ['personal_administrative_number_tail']],
  record: [],
  group: 9,
};
const railway: Desk = {
  ...desk,
  id: 'rail-pearl',
  name: { en: 'Pearl Delta Railway', id: 'Kereta Delta Mutiara', zh: '珠三角铁路' },
  purposes: [ticket],
};
const ordering = {
  desk: railway,
  purpose: ticket,
  busy: false,
  onnext: nothing,
  ondone: nothing,
  onsignout: nothing,
};
const group = (people: number, places: Order['travellers'][number]['place'][]): Order => ({
  id: 'o',
  people,
  placesLeft: people - places.filter((place) => place === 'taken').length,
  travellers: places.map((place, n) => ({
    request: String(n),
    claims: [
      { path: ['family_name'], value: n === 1 ? 'Wijayakusumaningrat Sastrodiningrat' : 'Sample' },
      { path: ['given_name'], value: 'Putri Ayu' },
      { path: ['personal_administrative_number_tail'], value: `00${n}4` },
    ],
    place,
  })),
});
const clerk = { staff: 'wayan', role: 'clerk' as const, endsAt: Date.now() + 3_600_000 };
const choosing = {
  busy: undefined,
  onask: nothing,
  onrecord: nothing,
  onstaff: nothing,
  onsignout: nothing,
};
const recording = {
  desk,
  purpose: desk.purposes[0] as Desk['purposes'][number],
  onexport: later,
  onback: nothing,
  onsignout: nothing,
};
const courier: Desk['purposes'][number] = {
  ...(desk.purposes[0] as Desk['purposes'][number]),
  id: 'courier',
  text: { en: 'Sending a parcel', id: 'Pengiriman paket', zh: '寄递包裹' },
  retentionDays: 90,
  resultOnly: true,
  record: [['family_name'], ['given_name']],
};
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

const homeActions = {
  upgrade: undefined,
  onupgrade: nothing,
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
const standing: Standing = {
  issuer: card.issuer,
  level: 'light',
  locked: false,
  suspended: false,
  here: true,
};
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
const day = 86_400_000;
const shownAt = (by: Registration, ago: number, kept?: Kept): Showing => ({
  at: Date.now() - ago,
  relyingParty: by.relyingParty,
  name: by.name,
  purpose: by.purpose.text,
  claims: [['family_name'], ['picture']],
  outcome: 'shown',
  kept,
});
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
const deskActions = { receipt: '#', onsignout: nothing, onnext: nothing, onagain: nothing };

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
  example('wallet-home', Home, { ...homeActions, card, copies: 9, upgrade: 'offered' }),
  ...fullCard(authority, { ...homeActions, card, copies: 9 }),
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
    claims: asked(['picture', 'family_name', 'given_name', 'personal_administrative_number']),
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
    noReceipts: new Map((['kept', 'missing', 'unproven', 'away'] as const).map((why) => [why, why])),
    showings: [
      shownAt(hotel, 60_000, { uri: 'due', deleteBy: Date.now() + 30 * day }),
      { ...shownAt(cafe, 90_000_000), claims: [], outcome: 'declined' as const },
      shownAt(hotel, 31 * day, {
        uri: 'gone',
        deleteBy: Date.now() - day,
        deleted: { at: Date.now() - day, receipt: 'e30' },
      }),
      ...['asking', 'kept', 'missing', 'unproven', 'away'].map((uri, n) =>
        shownAt(hotel, (40 + n) * day, { uri, deleteBy: Date.now() - (10 + n) * day }),
      ),
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
  ...problemKinds.map((kind) =>
    example(`wallet-problem-${kind}`, Trouble, {
      problem: new Problem(kind, {
        claims: [['sex'], ['nationalities']],
        seconds: 540,
        who: { en: 'Nansha Harbour Hotel', id: 'Hotel Pelabuhan Nansha', zh: '南沙海港酒店' },
        ...(kind === 'unexpected' ? { trace: '4bf92f3577b34da6' } : {}),
      }),
      ways,
    }),
  ),
  example('desk-enrol', Enrol, { onenrol: later }),
  example('desk-shift', Shift, { desk: { ...desk, shift: undefined }, onbegin: later }),
  example('desk-begin', Shift, { desk: { ...desk, shift: undefined, hasStaff: false }, onbegin: later }),
  example('desk-choose', Choose, { ...choosing, desk: { ...desk, shift: clerk } }),
  example('desk-choose-manager', Choose, { ...choosing, desk }),
  example('desk-choose-many', Choose, { ...choosing, desk: busyDesk }),
  example('desk-people', People, {
    desk: railway,
    purpose: ticket,
    busy: false,
    onchoose: nothing,
    onback: nothing,
    onsignout: nothing,
  }),
  example('desk-order-begun', OrderScreen, { ...ordering, order: group(3, ['taken', 'twice']) }),
  example('desk-order-complete', OrderScreen, {
    ...ordering,
    order: group(9, Array<'taken'>(9).fill('taken')),
  }),
  example('desk-record', Record, { ...recording, exports: [] }),
  example('desk-record-exports', Record, {
    ...recording,
    exports: [
      {
        purpose: 'hotel-check-in',
        staff: 'mei',
        reason: 'Police request 2026-118, stays of November',
        entries: 214,
        at: Date.now() - 3_600_000,
      },
      {
        purpose: 'hotel-check-in',
        staff: 'wijayakusumaningrat-sastrodiningrat',
        reason: 'Permintaan polisi 2026-104',
        entries: 1,
        at: Date.now() - 90_000_000,
      },
    ],
  }),
  example('desk-staff', Staff, {
    desk,
    staff: [
      { id: 'mei', role: 'manager', wrongPins: 0 },
      { id: 'wayan', role: 'clerk', wrongPins: 3 },
    ],
    onadd: later,
    onpin: later,
    onend: later,
    onback: nothing,
    onsignout: nothing,
  }),
  example('desk-request', Request, {
    desk,
    request,
    purpose: desk.purposes[0],
    opened: false,
    onhere: nothing,
    onsheet: async () => undefined,
    oncancel: nothing,
    onsignout: nothing,
  }),
  example('desk-request-opened', Request, {
    desk,
    request,
    purpose: desk.purposes[0],
    opened: true,
    onhere: nothing,
    onsheet: async () => undefined,
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
  example('desk-courier', VerdictScreen, {
    desk: { ...desk, name: { en: 'Swift Courier', id: 'Kurir Sigap', zh: '迅捷快递' } },
    verdict: { ...verdict, claims: [], issuer: undefined },
    purpose: courier,
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
  ...endsAndTroubles(desk, desk.purposes[0] as Desk['purposes'][number], verdict),
  ...consoleExamples,
];
