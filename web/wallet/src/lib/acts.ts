import { t } from '../messages';

/** What the acts in an authority's log are called, in words for the person whom they are about. */
const kinds = {
  'register.added': 'looks.kind.added',
  'register.looked-up': 'looks.kind.looked_up',
  'register.unmasked': 'looks.kind.unmasked',
  'register.export-proposed': 'looks.kind.export_proposed',
  'register.exported': 'looks.kind.exported',
  'register.marked-deceased': 'looks.kind.marked_deceased',
  'register.cleared-deceased': 'looks.kind.cleared_deceased',
  'register.marked-card-lost': 'looks.kind.marked_card_lost',
  'register.cleared-card-lost': 'looks.kind.cleared_card_lost',
  'register.change-proposed': 'looks.kind.change_proposed',
  'register.corrected': 'looks.kind.corrected',
  'register.merged': 'looks.kind.merged',
  'register.removed': 'looks.kind.removed',
  'enrolment.approved': 'looks.kind.approved',
  'enrolment.evidence-held': 'looks.kind.evidence_held',
  'enrolment.looked-at': 'looks.kind.looked_at',
  'enrolment.seen-as-lookalike': 'looks.kind.lookalike',
  'enrolment.frozen': 'looks.kind.frozen',
  'enrolment.released': 'looks.kind.released',
  'enrolment.referred': 'looks.kind.referred',
  'enrolment.refused': 'looks.kind.refused',
  'copies.intended': 'looks.kind.copies_ordered',
  'copies.issued': 'looks.kind.copies_made',
  'copies.given-up': 'looks.kind.copies_given_up',
  'card.live': 'looks.kind.card_live',
  'card.suspended': 'looks.kind.card_suspended',
  'card.restored': 'looks.kind.card_restored',
  'card.locked': 'looks.kind.card_locked',
  'card.unlocked': 'looks.kind.card_unlocked',
  'card.given-up': 'looks.kind.card_given_up',
  'card.revoked': 'looks.kind.card_revoked',
  'card.fell-back': 'looks.kind.card_fell_back',
  'card.retired': 'looks.kind.card_retired',
  'card.expired': 'looks.kind.card_expired',
  'card.act-proposed': 'looks.kind.card_act_proposed',
  'sheet.issued': 'looks.kind.sheet_issued',
  'sheet.code-used': 'looks.kind.sheet_code_used',
  'relying-party.reported': 'looks.kind.reported',
  'report.settled': 'looks.kind.report_settled',
  'grant.reuse-detected': 'looks.kind.token_reused',
} as const;

const roles = {
  clerk: 'looks.role.clerk',
  supervisor: 'looks.role.supervisor',
  auditor: 'looks.role.auditor',
  administrator: 'looks.role.administrator',
  custodian: 'looks.role.custodian',
} as const;

/** A newer authority does things that this page has no words for: then their own names stand. */
export function actTitle(kind: string): string {
  return kind in kinds ? t(kinds[kind as keyof typeof kinds]) : t('looks.kind.unknown', { kind });
}

export function officerTitle(role: string | undefined): string {
  if (role === undefined) return t('looks.role.officer');
  return role in roles ? t(roles[role as keyof typeof roles]) : role;
}
