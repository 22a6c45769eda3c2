import { Problem, problemKinds } from '../../desk/src/lib/api';
import type { Desk, Purpose, Verdict } from '../../desk/src/lib/read';
import Loading from '../../desk/src/screens/Loading.svelte';
import Over from '../../desk/src/screens/Over.svelte';
import Trouble from '../../desk/src/screens/Trouble.svelte';
import VerdictScreen from '../../desk/src/screens/VerdictScreen.svelte';
import { example, type Example } from './example';

const nothing = (): void => undefined;
const actions = { onsignout: nothing, onnext: nothing, onagain: nothing };
const ways = { ononward: nothing, onagain: nothing, onhome: nothing, onsignout: nothing };
/** One of the verifier's codes for each sentence that the desk has. */
const reasons = {
  not_valid: [
    'suspended',
    'expired',
    'issuer_not_trusted',
    'forged',
    'holder_not_proven',
    'level_too_low',
    'more_than_asked',
    'not_known_here',
  ],
  cannot_tell: ['status_unreachable', 'status_unknown'],
} as const;

/** How a request can end at the desk, and everything that can go wrong there, as the desk itself says it. */
export function endsAndTroubles(desk: Desk, purpose: Purpose, verdict: Verdict): Example[] {
  const without = { ...verdict, claims: [], issuer: undefined, statusAge: undefined };
  return [
    example('desk-loading', Loading, {}),
    example('desk-declined', Over, { ...ways, desk, outcome: 'declined', purpose, ordered: false }),
    example('desk-declined-full', Over, {
      ...ways,
      desk,
      outcome: 'declined',
      purpose: { ...purpose, id: 'bank-account', level: 'full' },
      ordered: false,
    }),
    example('desk-declined-ordered', Over, { ...ways, desk, outcome: 'declined', purpose, ordered: true }),
    example('desk-expired', Over, { ...ways, desk, outcome: 'expired', purpose, ordered: false }),
    ...(['not_valid', 'cannot_tell'] as const).flatMap((outcome) =>
      reasons[outcome].map((reason) =>
        example(`desk-${outcome}-${reason}`, VerdictScreen, {
          ...actions,
          receipt: '#',
          desk,
          purpose,
          verdict: { ...without, outcome, reason },
        }),
      ),
    ),
    ...problemKinds.map((kind) =>
      example(`desk-problem-${kind}`, Trouble, {
        desk: kind === 'not_enrolled' ? undefined : desk,
        problem: new Problem(kind, {
          seconds: 540,
          ...(kind === 'unexpected' ? { trace: '4bf92f3577b34da6' } : {}),
        }),
        onagain: nothing,
        onsignin: nothing,
        onhome: nothing,
        onsignout: nothing,
      }),
    ),
  ];
}
