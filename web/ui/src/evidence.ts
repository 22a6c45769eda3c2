/** Kinds of evidence, as the authority names them. */
export const evidenceKinds = [
  'live-face',
  'chip',
  'attested-chip',
  'chip-face',
  'fingers',
  'officer',
] as const;
export type EvidenceKind = (typeof evidenceKinds)[number];
