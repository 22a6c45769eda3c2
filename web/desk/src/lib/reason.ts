import type { Verdict } from './read';

/** The reasons that the desk has a sentence for; several of the verifier's codes share one. */
export type ReasonKind = 'revoked' | 'suspended' | 'expired' | 'untrusted' | 'binding' | 'other' | 'status';

const kinds: [RegExp, ReasonKind][] = [
  [/revoked|invalid_status/, 'revoked'],
  [/suspended/, 'suspended'],
  [/expired|not_yet|out_of_date/, 'expired'],
  [/issuer|trust|chain/, 'untrusted'],
  [/binding|nonce|audience|holder|replay/, 'binding'],
];

export function reasonKind(verdict: Verdict): ReasonKind {
  if (verdict.outcome === 'cannot_tell') return 'status';
  const reason = verdict.reason ?? '';
  return kinds.find(([pattern]) => pattern.test(reason))?.[1] ?? 'other';
}
