/**
 * Everything that can go wrong, as kinds that the pages have a sentence and a way on for (`problem.<kind>.*`
 * in the catalogue). No kind carries a person's data.
 */
export const problemKinds = [
  'no_network',
  'no_network_to_show',
  'service_down',
  'slow',
  'signed_out',
  'passkey_cancelled',
  'passkey_unsupported',
  'passkey_cannot_guard',
  'no_camera',
  'camera_denied',
  'camera_busy',
  'number_malformed',
  'too_many_attempts',
  'enrolment_expired',
  'slot_taken',
  'offer_used',
  'card_not_genuine',
  'card_ended',
  'no_copies',
  'no_card',
  'card_not_live',
  'no_log',
  'level_missing',
  'claim_missing',
  'trust_list_bad',
  'trust_list_stale',
  'request_unreadable',
  'request_expired',
  'request_used',
  'request_not_genuine',
  'asker_unknown',
  'asker_unregistered',
  'asker_suspended',
  'asker_withdrawn',
  'asker_standing_unknown',
  'over_asking_data',
  'over_asking_level',
  'request_unsupported',
  'code_unknown',
  'answer_refused',
  'unexpected',
] as const;
export type ProblemKind = (typeof problemKinds)[number];

export class Problem extends Error {
  constructor(
    readonly kind: ProblemKind,
    /** What a sentence needs to say which: claim paths, a wait in seconds, who asks. Never a person's value. */
    readonly about: {
      claims?: (string | number | null)[][];
      seconds?: number;
      trace?: string;
      /** The registered name, by language. */
      who?: Record<string, string>;
    } = {},
  ) {
    super(kind);
    this.name = 'Problem';
  }
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  // The protocol libraries wrap what `fetch` threw; our fetch throws Problems.
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof Problem) return cause;
  if (error instanceof TypeError && /fetch|network|load failed/i.test(error.message))
    return new Problem('no_network');
  return new Problem('unexpected');
}
