import { longDate } from './language.svelte';
import { messages } from './messages';

const known = new Set([
  'family_name',
  'given_name',
  'birthdate',
  'sex',
  'nationalities',
  'personal_administrative_number',
  'personal_administrative_number_tail',
  'picture',
  'issuing_authority',
  'issuing_country',
  'date_of_expiry',
  'date_of_issuance',
]);
type Known =
  | 'family_name'
  | 'given_name'
  | 'birthdate'
  | 'sex'
  | 'nationalities'
  | 'personal_administrative_number'
  | 'personal_administrative_number_tail'
  | 'picture'
  | 'issuing_authority'
  | 'issuing_country'
  | 'date_of_expiry'
  | 'date_of_issuance';

/** What a claim is called, in the language shown. An unknown one goes by its own name rather than by none. */
export function claimTitle(path: readonly (string | number | null)[]): string {
  const [first, second] = path;
  if (first === 'age_equal_or_over' && second !== undefined)
    return messages('claim.age', { n: String(second) });
  if (first === 'age_equal_or_over') return messages('claim.ages');
  if (first === 'pseudonyms') return messages('claim.pseudonym');
  if (typeof first === 'string' && known.has(first)) return messages(`claim.${first as Known}`);
  return path.map((part) => part ?? '*').join(' / ');
}

/** The names of claims in one line, divided as the language divides what it lists. */
export function claimTitles(paths: readonly (readonly (string | number | null)[])[]): string {
  return inOneLine(paths.map(claimTitle));
}

/** Several things in one line, divided as the language divides what it lists. */
export function inOneLine(items: string[]): string {
  return items.join(messages('list'));
}

/** What a claim says, in words. */
export function claimText(path: readonly (string | number | null)[], value: unknown): string {
  if (typeof value === 'boolean') return value ? messages('yes') : messages('no');
  if (path[0] === 'sex') {
    if (value === 1) return messages('sex.male');
    if (value === 2) return messages('sex.female');
    return messages('sex.other');
  }
  if (path[0] === 'personal_administrative_number_tail') return `… ${String(value)}`;
  if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value)) return longDate(value);
  if (path[0] === 'pseudonyms' && typeof value === 'string') return value.slice(0, 10);
  if (Array.isArray(value)) return inOneLine(value.map(String));
  if (value === undefined || value === null || value === '') return messages('claim.none');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
