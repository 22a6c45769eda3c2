import { askOf } from './applicant';
import { generalProblem, problemOf, readJson } from './http';
import { fields, text } from './read';
import { Problem } from './problem';
import type { PendingEnrolment } from './store';

/** Where a card reader forwards to, for a few minutes and once: the authority is the terminal, the reader a cable. */
export interface ChipRelay {
  url: string;
  expiresAt: number;
}

/** Opens a relay for the chip of the holder's physical card, with the six digits that are printed on it. */
export async function openRelay(enrolment: PendingEnrolment, accessNumber: string): Promise<ChipRelay> {
  const response = await askOf(enrolment, '/chip', { body: { access_number: accessNumber } });
  if (!response.ok) {
    const document = await problemOf(response);
    if (response.status === 401 || response.status === 410) throw new Problem('enrolment_expired');
    throw generalProblem(response, document);
  }
  const body = fields(await readJson(response), 'relay');
  return { url: text(body['relay'], 'relay'), expiresAt: Date.parse(text(body['expires_at'], 'expires_at')) };
}
