/** The languages the pages speak. A new one is a catalogue file in each part and a line here. */
export const languages = { en: 'English', id: 'Indonesia' } as const;
export type Language = keyof typeof languages;
/** A text in several languages, as registration certificates carry it. */
export type LocalText = Partial<Record<string, string>>;

const remembered = 'tanda-language';

function isLanguage(value: string | null | undefined): value is Language {
  return value !== null && value !== undefined && value in languages;
}

function firstLanguage(): Language {
  const stored = globalThis.localStorage?.getItem(remembered);
  if (isLanguage(stored)) return stored;
  for (const wanted of globalThis.navigator?.languages ?? []) {
    const short = wanted.split('-')[0];
    if (isLanguage(short)) return short;
  }
  return 'en';
}

let current = $state<Language>(firstLanguage());

/** The language now shown; reading it in a component makes the component follow a switch. */
export function language(): Language {
  return current;
}

export function speak(next: Language): void {
  current = next;
  globalThis.localStorage?.setItem(remembered, next);
  if (globalThis.document) document.documentElement.lang = next;
}

/** The text in the language shown, else English, else any. */
export function pick(text: LocalText): string {
  return text[current] ?? text['en'] ?? Object.values(text)[0] ?? '';
}

type Values = Record<string, string | number>;

function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/**
 * Makes the translate function of one catalogue. `t('key', { n: 2 })` fills placeholders; where the catalogue
 * has `key.one` and `key.other` the value `n` chooses between them by the language's plural rule.
 */
export function catalogue<M extends Record<string, string>>(messages: Record<Language, M>) {
  return (
    key: Extract<keyof M, string> | PluralBase<Extract<keyof M, string>>,
    values: Values = {},
  ): string => {
    const here: Record<string, string> = messages[current];
    const exact = here[key];
    if (exact !== undefined) return fill(exact, values);
    const rule = new Intl.PluralRules(current).select(Number(values['n'] ?? 0));
    return fill(here[`${key}.${rule}`] ?? here[`${key}.other`] ?? key, values);
  };
}

type PluralBase<K extends string> = K extends `${infer Base}.other` ? Base : never;

/** A calendar date such as 2031-05-09 as people write it. */
export function longDate(date: string): string {
  return calendarDate(date, 'long');
}

function calendarDate(date: string, month: 'long' | 'short'): string {
  const [year, number, day] = date.split('-').map(Number);
  if (!year || !number || !day) return date;
  // Day first: English is read here by people of many countries, and 03/12 is a riddle.
  const tag = current === 'en' ? 'en-GB' : current;
  const form = new Intl.DateTimeFormat(tag, { day: 'numeric', month, year: 'numeric', timeZone: 'UTC' });
  return form.format(Date.UTC(year, number - 1, day));
}

/** A calendar date in its short form, for where room is short. */
export function shortDate(date: string): string {
  return calendarDate(date, 'short');
}

/** A moment (milliseconds since 1970) as date and time of day. */
export function moment(at: number): string {
  return new Intl.DateTimeFormat(current === 'en' ? 'en-GB' : current, {
    dateStyle: 'medium',
    timeStyle: 'short',
  }).format(at);
}
