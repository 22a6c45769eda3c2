import type { Verdict } from './read';

/** The reasons that the desk has a sentence for (`reason.<kind>`); several of the verifier's codes share one. */
export type ReasonKind =
  | 'revoked'
  | 'suspended'
  | 'expired'
  | 'untrusted'
  | 'forged'
  | 'binding'
  | 'level'
  | 'mismatch'
  | 'age'
  | 'unreachable'
  | 'stale'
  | 'unknown'
  | 'other';

const kinds: Record<string, ReasonKind> = {
  malformed: 'forged',
  forged: 'forged',
  altered: 'forged',
  issuer_not_trusted: 'untrusted',
  issuer_not_trusted_for_level: 'untrusted',
  holder_not_proven: 'binding',
  other_audience: 'binding',
  other_request: 'binding',
  other_time: 'binding',
  other_transaction: 'binding',
  level_too_low: 'level',
  not_yet_valid: 'expired',
  expired: 'expired',
  incomplete: 'mismatch',
  other_value: 'mismatch',
  more_than_asked: 'mismatch',
  no_status: 'mismatch',
  revoked: 'revoked',
  suspended: 'suspended',
  age_not_reached: 'age',
  status_unreachable: 'unreachable',
  status_stale: 'stale',
  status_not_genuine: 'unknown',
  status_unknown: 'unknown',
};

export function reasonKind(verdict: Verdict): ReasonKind {
  return kinds[verdict.reason ?? ''] ?? 'other';
}
