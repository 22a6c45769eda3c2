import { fields, list, optional, text } from '@tanda/ui/read';
import { get, post } from './http';

const complaints = ['asked-too-much', 'not-recognised', 'kept-or-passed-on', 'turned-away', 'other'] as const;
export type Complaint = (typeof complaints)[number];

/** What a resident reports a relying party for; whose report it is is not told. */
export interface Report {
  id: string;
  relyingParty: string;
  complaint: Complaint;
  /** By the wallet's word. */
  shownAt: number;
  /** By this machine's clock. */
  reportedAt: number;
  words: string | undefined;
}

export function readReports(value: unknown): Report[] {
  const answer = fields(value, 'reports');
  const drift = Date.now() - Date.parse(text(answer['now'], 'now'));
  return list(answer['reports'], 'reports').map((entry) => {
    const report = fields(entry, 'report');
    return {
      id: text(report['id'], 'id'),
      relyingParty: text(report['relying_party'], 'relying_party'),
      complaint: complaints.find((known) => known === report['complaint']) ?? 'other',
      shownAt: Date.parse(text(report['shown_at'], 'shown_at')),
      reportedAt: Date.parse(text(report['reported_at'], 'reported_at')) + drift,
      words: optional(report['words'], (words) => text(words, 'words')),
    };
  });
}

export async function reports(asking: { unattended?: boolean } = {}): Promise<Report[]> {
  return readReports(await get('/console/reports', asking));
}

/** Settles a report. Whoever made it reads the reason. */
export async function settle(id: string, reason: string): Promise<void> {
  await post(`/console/reports/${encodeURIComponent(id)}/settlement`, { reason });
}
