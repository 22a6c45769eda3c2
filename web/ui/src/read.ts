/** Reading foreign JSON: each reader gives the value in its type or throws `Unreadable`. */
export class Unreadable extends Error {
  constructor(what: string) {
    super(`not readable: ${what}`);
    this.name = 'Unreadable';
  }
}

export type Fields = Record<string, unknown>;

export function fields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Unreadable(what);
  return value as Fields;
}

export function list(value: unknown, what: string): unknown[] {
  if (!Array.isArray(value)) throw new Unreadable(what);
  return value;
}

export function text(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new Unreadable(what);
  return value;
}

export function number(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Unreadable(what);
  return value;
}

/** One of the words that are known. */
export function oneOf<T>(known: readonly T[], value: unknown, what: string): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw new Unreadable(what);
  return found;
}

/** A name in several languages, by their tags. */
export function localText(value: unknown, what: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields(value, what)).map(([tag, name]) => [tag, text(name, what)]),
  );
}

export function optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === undefined || value === null ? undefined : read(value);
}
