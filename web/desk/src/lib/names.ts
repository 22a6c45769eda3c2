import { t } from '../messages';
import type { Purpose } from './read';

/** What people call that which is kept for a purpose. */
export function recordName(purpose: Purpose): string {
  if (purpose.id === 'hotel-check-in') return t('record.hotel-check-in');
  if (purpose.id === 'courier') return t('record.courier');
  return t('record.other');
}

const people = {
  'hotel-check-in': 'guest',
  'cafe-sign-up': 'guest',
  ticket: 'traveller',
  'bank-account': 'customer',
  courier: 'sender',
  'business-registration': 'applicant',
} as const;

/** What the person at the counter is called, by why they are there. */
export function who(purpose: string | undefined): string {
  const kind = purpose !== undefined && purpose in people ? people[purpose as keyof typeof people] : 'person';
  return t(`who.${kind}`);
}
