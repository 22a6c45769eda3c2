/** The languages the pages speak. A new one is a catalogue file in each part and a line here. */
export const languages = { en: 'English', id: 'Indonesia', zh: '中文' } as const;
export type Language = keyof typeof languages;
/** A text in several languages, as registration certificates carry it. */
export type LocalText = Partial<Record<string, string>>;

const remembered = 'tanda-language';

/** Whether the pages speak it. */
export function isLanguage(value: string | null | undefined): value is Language {
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
  if (globalThis.document) document.documentElement.lang = tag();
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

/**
 * The languages as browsers know them, for formats, fonts and voices. British days come first: 03/12 is a riddle to
 * people of many countries. The Chinese texts are in simplified characters.
 */
const tags: Record<Language, string> = { en: 'en-GB', id: 'id', zh: 'zh-Hans' };

function tag(): string {
  return tags[current];
}

/** A calendar date such as 2031-05-09 as people write it. */
export function longDate(date: string): string {
  return calendarDate(date, { day: 'numeric', month: 'long' });
}

/** A calendar date in its short form, for where room is short. Chinese has no shorter months, but figures with strokes. */
export function shortDate(date: string): string {
  return calendarDate(
    date,
    current === 'zh' ? { day: '2-digit', month: '2-digit' } : { day: 'numeric', month: 'short' },
  );
}

function calendarDate(date: string, form: Intl.DateTimeFormatOptions): string {
  const [year, month, day] = date.split('-').map(Number);
  if (!year || !month || !day) return date;
  const format = new Intl.DateTimeFormat(tag(), { ...form, year: 'numeric', timeZone: 'UTC' });
  return format.format(Date.UTC(year, month - 1, day));
}

/** A moment (milliseconds since 1970) as date and time of day. */
export function moment(at: number): string {
  return new Intl.DateTimeFormat(tag(), { dateStyle: 'medium', timeStyle: 'short' }).format(at);
}

/** The day of a moment (milliseconds since 1970). */
export function dayOf(at: number): string {
  return new Intl.DateTimeFormat(tag(), { dateStyle: 'medium' }).format(at);
}

/** The time of day of a moment (milliseconds since 1970). */
export function timeOf(at: number): string {
  return new Intl.DateTimeFormat(tag(), { timeStyle: 'short' }).format(at);
}

/** The unit in which people would say a span of so many seconds, and its own length in seconds. */
function unitOf(seconds: number): { unit: 'second' | 'minute' | 'hour' | 'day'; length: number } {
  if (seconds < 60) return { unit: 'second', length: 1 };
  if (seconds < 2 * 3600) return { unit: 'minute', length: 60 };
  if (seconds < 2 * 86_400) return { unit: 'hour', length: 3600 };
  return { unit: 'day', length: 86_400 };
}

/**
 * A wait of so many seconds, to put into a sentence: how long ("in 2 minutes", rounded up) and until when, by the
 * clock on the wall, which stays true while the sentence stands there.
 */
export function waitInWords(seconds: number, now = Date.now()): { wait: string; time: string } {
  const { unit, length } = unitOf(seconds);
  const wait = new Intl.RelativeTimeFormat(tag()).format(Math.max(1, Math.ceil(seconds / length)), unit);
  const end = now + seconds * 1000;
  const day = new Intl.DateTimeFormat(tag(), { dateStyle: 'short' });
  const clock = new Intl.DateTimeFormat(tag(), { timeStyle: 'short' });
  return { wait, time: day.format(end) === day.format(now) ? clock.format(end) : moment(end) };
}

/** A span of so many seconds as people say it ("14 minutes"), rounded down. */
export function duration(seconds: number): string {
  const { unit, length } = unitOf(seconds);
  const count = Math.max(0, Math.floor(seconds / length));
  return new Intl.NumberFormat(tag(), { style: 'unit', unit, unitDisplay: 'long' }).format(count);
}

/** An amount of data, in the unit in which it is easily read. */
export function bytes(count: number): string {
  const units = ['megabyte', 'gigabyte', 'terabyte'] as const;
  const at = Math.min(2, Math.max(0, Math.floor(Math.log10(Math.max(count, 1)) / 3) - 2));
  const form = { style: 'unit', unit: units[at], unitDisplay: 'short', maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(tag(), form).format(count / 10 ** (3 * (at + 2)));
}

/** The day and the hour of a moment, to tell the hours of two days apart. */
export function dayAndHour(at: number): string {
  const form = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' } as const;
  return new Intl.DateTimeFormat(tag(), form).format(at);
}
