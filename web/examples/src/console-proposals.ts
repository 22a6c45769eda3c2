import { Problem } from '../../console/src/lib/problem';
import type { Import } from '../../console/src/lib/imports';
import type { CardsListing, Proposal } from '../../console/src/lib/proposals';
import type { Unmasked } from '../../console/src/lib/residents';
import ConsoleExample from './ConsoleExample.svelte';
import { example } from './example';
import { portrait } from './portrait';

const nothing = (): void => undefined;
const done = async (): Promise<boolean> => true;
const ago = (minutes: number): number => Date.now() - minutes * 60_000;

const open: Proposal = {
  id: 'a',
  kind: 'revoke-cards',
  proposer: 'Wu Lan, counter 3',
  decider: undefined,
  own: false,
  case: '2026-17',
  reason: 'The counter was broken into and a box of letters with codes is missing.',
  size: 41,
  done: undefined,
  state: 'open',
  proposedAt: ago(95),
  until: ago(-1345),
  endedAt: undefined,
  fetchUntil: undefined,
};
const ended: Proposal = { ...open, id: 'c', kind: 'suspend-cards', until: undefined, endedAt: ago(300) };
const proposals: Proposal[] = [
  open,
  { ...open, id: 'b', kind: 'restore-cards', own: true, size: 1, proposedAt: ago(3) },
  {
    ...ended,
    state: 'confirmed',
    decider: 'Budi Santoso',
    size: 12,
    done: 11,
    endedAt: Date.now() - 8000,
  },
  {
    ...ended,
    id: 'g',
    kind: 'import-residents',
    state: 'confirmed',
    size: 230,
    done: 230,
    decider: 'Budi Santoso',
  },
  {
    ...ended,
    id: 'h',
    kind: 'export-records',
    state: 'confirmed',
    own: true,
    size: 3,
    done: 3,
    decider: 'Budi Santoso',
    fetchUntil: ago(-1100),
  },
  { ...ended, id: 'd', state: 'declined', decider: 'Budi Santoso' },
  { ...ended, id: 'e', state: 'withdrawn', own: true },
  { ...ended, id: 'f', state: 'lapsed', proposer: undefined },
];
const numbers = Array.from({ length: 41 }, (_, n) => `440•••••••••••••${10 + n}`);
const opened = { id: 'a', content: { numbers, file: undefined, records: undefined } };
const atProposals = {
  proposals,
  may: new Set([
    'see_proposals',
    'review_proposals',
    'confirm_proposals',
    'propose_card_acts',
    'propose_exports',
  ]),
  onopen: nothing,
  onfetch: nothing,
  onend: done,
  onfresh: done,
  onclear: nothing,
  onagain: nothing,
} as const;

const person: Unmasked = {
  name: 'Maria Magdalena Wijayakusumaningrat',
  number: '3171025203940003',
  birthDate: '1994-03-12',
  sex: 'female',
  nationalities: ['ID'],
  portrait: portrait(),
};
const records = { first: person, second: { ...person, name: 'Maria Magdalena Wijayakusuma' } };

const listing: CardsListing = {
  cards: 12,
  faults: (['not_a_number', 'repeated', 'nobody', 'no_card', 'not_now', 'own_matter'] as const).map(
    (fault, at) => ({ line: at + 4, fault }),
  ),
};
const atMany = { onpreview: nothing, onpropose: nothing } as const;

const found: Import = {
  stage: 'checked',
  done: 1,
  total: 1,
  good: 228,
  refused: 141,
  faults: (
    [
      ['number', 'number-check-digit'],
      ['portrait', 'portrait-unreadable'],
      ['birth_date', 'birth-date-differs'],
      ['row', 'wrong-columns'],
    ] as const
  ).map(([field, code], at) => ({ line: at * 7 + 2, field, code, detail: '' })),
};
const importing = { oncheck: nothing, onpropose: nothing, ondiscard: nothing } as const;
const underWay: Import = {
  ...found,
  stage: 'checking',
  done: 40,
  total: 100,
  good: 61,
  refused: 3,
  faults: [],
};

/** What needs two officers. */
export const proposalExamples = [
  example('console-proposals', ConsoleExample, { proposals: atProposals }),
  example('console-proposals-opened', ConsoleExample, { proposals: { ...atProposals, opened } }),
  example('console-proposals-own', ConsoleExample, {
    proposals: { ...atProposals, opened: { ...opened, id: 'b' } },
  }),
  example('console-proposals-reading', ConsoleExample, {
    proposals: { ...atProposals, may: new Set(['see_proposals']), proposals: [open] },
  }),
  example('console-proposals-made', ConsoleExample, { proposals: { ...atProposals, made: true } }),
  example('console-proposals-empty', ConsoleExample, { proposals: { ...atProposals, proposals: [] } }),
  example('console-proposals-loading', ConsoleExample, {
    proposals: { ...atProposals, proposals: undefined },
  }),
  example('console-proposals-down', ConsoleExample, {
    proposals: { ...atProposals, proposals: undefined, problem: new Problem('service_down') },
  }),
  ...(['fresh_needed', 'own_proposal', 'own_matter', 'proposal_ended', 'proposal_stale'] as const).map(
    (kind) =>
      example(`console-proposals-${kind}`, ConsoleExample, {
        proposals: { ...atProposals, opened, refused: new Problem(kind) },
      }),
  ),
  example('console-proposals-import', ConsoleExample, {
    proposals: {
      ...atProposals,
      proposals: [{ ...open, kind: 'import-residents', size: 41 }],
      opened: {
        id: 'a',
        content: { numbers, file: { name: 'nansha-2026-11.csv', refused: 3 }, records: undefined },
      },
    },
  }),
  ...(['correct-record', 'merge-records'] as const).map((kind) =>
    example(`console-proposals-${kind}`, ConsoleExample, {
      proposals: {
        ...atProposals,
        proposals: [{ ...open, kind, size: 1 }],
        opened: { id: 'a', content: { numbers: [], file: undefined, records } },
      },
    }),
  ),
  example('console-correct', ConsoleExample, { correcting: { onpropose: nothing } }),
  example('console-correct-number_taken', ConsoleExample, {
    correcting: { onpropose: nothing, refused: new Problem('number_taken') },
  }),
  example('console-merge', ConsoleExample, { merging: { onpropose: nothing } }),
  example('console-merge-nobody', ConsoleExample, {
    merging: { onpropose: nothing, refused: new Problem('nobody') },
  }),
  example('console-import', ConsoleExample, { importing }),
  example('console-import-sending', ConsoleExample, {
    importing: { ...importing, busy: true, progress: { ...underWay, stage: 'arriving' } },
  }),
  example('console-import-checking', ConsoleExample, {
    importing: { ...importing, busy: true, progress: underWay },
  }),
  example('console-import-checked', ConsoleExample, { importing: { ...importing, found } }),
  example('console-import-refused', ConsoleExample, {
    importing: { ...importing, found: { ...found, good: 0 } },
  }),
  ...(
    [
      'upload_broken',
      'file_too_large',
      'file_proposed',
      'file_empty',
      'file_format',
      'file_columns',
      'too_many_uploads',
    ] as const
  ).map((kind) =>
    example(`console-import-${kind}`, ConsoleExample, {
      importing: { ...importing, refused: new Problem(kind) },
    }),
  ),
  example('console-export', ConsoleExample, { exporting: atMany }),
  example('console-export-checked', ConsoleExample, {
    exporting: { ...atMany, listing: { records: 3, faults: listing.faults.slice(0, 3) } },
  }),
  example('console-proposals-fetch-again', ConsoleExample, {
    proposals: { ...atProposals, refused: new Problem('fresh_needed') },
  }),
  example('console-many', ConsoleExample, { many: atMany }),
  example('console-many-checked', ConsoleExample, { many: { ...atMany, listing } }),
  ...(['nothing_fits', 'too_many_lines', 'too_many_proposals'] as const).map((kind) =>
    example(`console-many-${kind}`, ConsoleExample, { many: { ...atMany, refused: new Problem(kind) } }),
  ),
];
