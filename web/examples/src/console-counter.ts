import type { Attended, Visits } from '../../console/src/lib/counter';
import { Problem } from '../../console/src/lib/problem';
import ConsoleExample from './ConsoleExample.svelte';
import { example } from './example';
import { portrait } from './portrait';

const nothing = (): void => undefined;
const face = portrait();
const attended: Attended = {
  id: '1',
  resident: {
    name: 'Maria Magdalena Wijayakusumaningrat',
    number: '317•••••••••••03',
    birthDate: '1994-03-12',
    deceased: false,
    cardLost: false,
    portrait: face,
  },
  frames: (['look_straight', 'turn_left', 'close_eyes', 'look_straight', 'turn_right'] as const).map(
    (step) => ({ step, picture: face }),
  ),
  enrolledFingers: ['right-index', 'left-index'],
  progress: {
    held: ['live-face'],
    missing: [['chip', 'attested-chip'], ['chip-face'], ['fingers'], ['officer']],
    expiresAt: 0,
    chip: undefined,
  },
};
const visits: Visits[] = [
  {
    id: 'jiaomen',
    name: { en: 'Jiaomen Police Station', zh: '蕉门派出所', id: 'Kantor Polisi Jiaomen' },
    expected: [
      { startsAt: 1_798_000_000_000, code: 'K7QD-2M9X' },
      { startsAt: 1_798_000_900_000, code: '4WTN-8HVC' },
    ],
  },
  { id: 'nansha', name: { en: 'Nansha Service Hall', zh: '南沙政务服务大厅' }, expected: [] },
];
const idle = {
  visits,
  attended,
  busy: false,
  refused: undefined,
  during: 'look',
  relay: undefined,
  question: undefined,
  card: undefined,
  compared: undefined,
  done: undefined,
  onlook: nothing,
  onread: nothing,
  onquestion: nothing,
  onresult: nothing,
  oncompare: nothing,
  onattest: nothing,
} as const;
const compared = { score: 71.3, line: 18, fingers: 2, unlike: [], left: 4, again: [] };

export const counterExamples = [
  example('console-counter-nobody', ConsoleExample, { counter: { ...idle, attended: undefined } }),
  example('console-counter-no-such-code', ConsoleExample, {
    counter: { ...idle, attended: undefined, refused: new Problem('no_application') },
  }),
  example('console-counter-somebody', ConsoleExample, { counter: idle }),
  example('console-counter-chip-relay', ConsoleExample, {
    counter: {
      ...idle,
      relay: {
        link: 'wss://authority.example/chip-relay/0f3a9c1d5b7e42688d11aa93f20c4e5b7a6d9c8e',
        by: 'hand',
      },
    },
  }),
  example('console-counter-chip-at-the-reader', ConsoleExample, {
    counter: { ...idle, relay: { link: '', by: 'reader' } },
  }),
  example('console-counter-chip-no-reader', ConsoleExample, {
    counter: { ...idle, relay: { link: '', by: 'none' } },
  }),
  example('console-counter-chip-signed-by-a-reader', ConsoleExample, {
    counter: {
      ...idle,
      question: JSON.stringify({
        authority: 'https://identity.example.org',
        enrolment: '01935a2e-0000-7000-8000-000000000000',
        nonce: 'Qm9vdGggNyBhc2tzIGZvciBhIHNpZ25hdHVyZQ',
      }),
    },
  }),
  example('console-counter-chip-is-a-copy', ConsoleExample, {
    counter: {
      ...idle,
      attended: { ...attended, progress: { ...attended.progress, chip: { fault: 'copy', at: 1 } } },
    },
  }),
  example('console-counter-fingers-again', ConsoleExample, {
    counter: {
      ...idle,
      compared: {
        outcome: 'again',
        score: undefined,
        line: undefined,
        fingers: 0,
        unlike: [],
        left: undefined,
        again: [
          { finger: 'right-index', why: 'too-faint' },
          { finger: 'left-index', why: 'no-ridges' },
        ],
      },
    },
  }),
  example('console-counter-other-fingers', ConsoleExample, {
    counter: {
      ...idle,
      compared: { ...compared, outcome: 'different', score: 9.8, unlike: ['right-index', 'left-index'] },
    },
  }),
  example('console-counter-one-finger-unlike', ConsoleExample, {
    counter: {
      ...idle,
      compared: { ...compared, outcome: 'different', score: 41.5, unlike: ['left-index'] },
    },
  }),
  example('console-counter-fingers-a-little-unlike', ConsoleExample, {
    counter: { ...idle, compared: { ...compared, outcome: 'different', score: 16.9 } },
  }),
  example('console-counter-everything-holds', ConsoleExample, {
    counter: {
      ...idle,
      attended: {
        ...attended,
        progress: {
          held: ['live-face', 'chip', 'chip-face', 'fingers'],
          missing: [['officer']],
          expiresAt: 0,
          chip: { fault: undefined, at: 1 },
        },
      },
      card: {
        portrait: face,
        fingers: [],
        state: 'UTO',
        expiry: '2031-05-09',
        sandbox: true,
        attested: false,
      },
      compared: { ...compared, outcome: 'alike' },
    },
  }),
  example('console-counter-too-many-comparisons', ConsoleExample, {
    counter: { ...idle, during: 'fingers', refused: new Problem('too_many_comparisons') },
  }),
];
