/** What can go wrong at the console; each has a sentence and a way on in the catalogue (`problem.<kind>.*`). */
export type ProblemKind =
  | 'no_network'
  | 'service_down'
  | 'slow'
  | 'signed_out'
  | 'passkey_cancelled'
  | 'passkey_unsupported'
  | 'passkey_refused'
  | 'ceremony_ended'
  | 'invitation_ended'
  | 'role_not_permitted'
  | 'fresh_needed'
  | 'own_matter'
  | 'own_entry'
  | 'decided_already'
  | 'reason_missing'
  | 'name_malformed'
  | 'number_malformed'
  | 'own_account'
  | 'last_administrator'
  | 'nobody'
  | 'case_missing'
  | 'card_changed'
  | 'not_identified'
  | 'deceased'
  | 'card_suspended'
  | 'number_taken'
  | 'person_name'
  | 'birth_date'
  | 'photo_no_face'
  | 'photo_two_faces'
  | 'photo_unusable'
  | 'report_settled'
  | 'own_proposal'
  | 'proposal_ended'
  | 'nothing_fits'
  | 'too_many_lines'
  | 'too_many_proposals'
  | 'party_changed'
  | 'no_camera'
  | 'camera_denied'
  | 'camera_busy'
  | 'upload_broken'
  | 'proposal_stale'
  | 'file_too_large'
  | 'file_proposed'
  | 'file_empty'
  | 'file_format'
  | 'file_columns'
  | 'too_many_uploads'
  | 'no_application'
  | 'evidence_missing'
  | 'application_changed'
  | 'not_attended'
  | 'card_lapsed'
  | 'no_fingers_enrolled'
  | 'fingers_not_enrolled'
  | 'fingers_same'
  | 'finger_copied'
  | 'too_many_comparisons'
  | 'fingers_unreadable'
  | 'fingers_too_large'
  | 'gone'
  | 'unexpected';

export class Problem extends Error {
  constructor(
    readonly kind: ProblemKind,
    /** Under which the operator finds the server's log line. */
    readonly trace?: string,
  ) {
    super(kind);
    this.name = 'Problem';
  }
}

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem('unexpected');
}

const kinds: Record<string, ProblemKind> = {
  'sign-in-needed': 'signed_out',
  'passkey-refused': 'passkey_refused',
  'ceremony-ended': 'ceremony_ended',
  'invitation-ended': 'invitation_ended',
  'role-not-permitted': 'role_not_permitted',
  'fresh-sign-in-needed': 'fresh_needed',
  'own-matter': 'own_matter',
  'own-entry': 'own_entry',
  'decided-already': 'decided_already',
  'reason-missing': 'reason_missing',
  'malformed-name': 'name_malformed',
  'malformed-number': 'number_malformed',
  'own-account': 'own_account',
  'last-administrator': 'last_administrator',
  'resident-unknown': 'nobody',
  'case-missing': 'case_missing',
  'card-changed': 'card_changed',
  'not-identified': 'not_identified',
  'not-in-person': 'not_identified',
  'resident-deceased': 'deceased',
  'card-suspended': 'card_suspended',
  'number-taken': 'number_taken',
  'person-name': 'person_name',
  'birth-date-differs': 'birth_date',
  'not-born': 'birth_date',
  'portrait-no-face': 'photo_no_face',
  'portrait-two-faces': 'photo_two_faces',
  'portrait-unusable': 'photo_unusable',
  'report-settled': 'report_settled',
  'own-proposal': 'own_proposal',
  'not-own-proposal': 'own_proposal',
  'not-own-export': 'own_proposal',
  'proposal-ended': 'proposal_ended',
  'nothing-fits': 'nothing_fits',
  'too-many-lines': 'too_many_lines',
  'too-many-proposals': 'too_many_proposals',
  'relying-party-changed': 'party_changed',
  'relying-party-not-so': 'party_changed',
  'upload-broken': 'upload_broken',
  'proposal-stale': 'proposal_stale',
  'file-too-large': 'file_too_large',
  'pictures-too-large': 'file_too_large',
  'file-proposed': 'file_proposed',
  'file-empty': 'file_empty',
  'file-format': 'file_format',
  'file-columns': 'file_columns',
  'too-many-uploads': 'too_many_uploads',
  'no-application': 'no_application',
  'evidence-missing': 'evidence_missing',
  'application-changed': 'application_changed',
  'not-attended': 'not_attended',
  'card-lapsed': 'card_lapsed',
  'no-fingers-enrolled': 'no_fingers_enrolled',
  'fingers-not-enrolled': 'fingers_not_enrolled',
  'fingers-too-few': 'fingers_not_enrolled',
  'fingers-too-many': 'fingers_same',
  'fingers-same': 'fingers_same',
  'finger-copied': 'finger_copied',
  'too-many-comparisons': 'too_many_comparisons',
  'too-large': 'fingers_too_large',
  'officer-retired': 'gone',
  'not-found': 'gone',
};

/** The problem that an answer of the server's means (RFC 9457), whatever its body is like. */
export function problemOf(status: number, body: unknown): Problem {
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const trace = typeof fields['trace_id'] === 'string' ? fields['trace_id'] : undefined;
  const known = kinds[String(fields['code'] ?? '')];
  return new Problem(known ?? (status >= 500 ? 'service_down' : 'unexpected'), trace);
}
