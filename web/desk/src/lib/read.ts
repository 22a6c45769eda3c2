/** What the verifier says, read into types; anything else throws. */
export type Text = Record<string, string>;

export interface Purpose {
  id: string;
  text: Text;
  claims: string[][];
  level: 'light' | 'full';
  retentionDays: number;
  resultOnly: boolean;
  /** The claims that are kept, sealed, for so long. */
  record: string[][];
  /** How many people one order may be for. */
  group: number;
}

/** Who is at the desk. */
export interface Shift {
  staff: string;
  role: 'clerk' | 'manager';
  endsAt: number;
}

export interface Desk {
  id: string;
  name: Text;
  purposes: Purpose[];
  shift: Shift | undefined;
  /** Whether the organisation has staff at all; if not, whoever enrolled the desk is to be the first manager. */
  hasStaff: boolean;
}

export interface DeskRequest {
  id: string;
  walletLink: string;
  code: string;
  expiresAt: number;
}

export interface Verdict {
  outcome: 'valid' | 'not_valid' | 'cannot_tell';
  reason: string | undefined;
  claims: { path: string[]; value: unknown }[];
  level: string | undefined;
  /** What the trust list calls who issued the card, by language. */
  issuer: Text | undefined;
  checkedAt: number;
  /** How old the status was when it was checked, in seconds. */
  statusAge: number | undefined;
}

export type RequestState =
  { state: 'waiting' | 'opened' | 'expired' | 'declined' } | { state: 'verdict'; verdict: Verdict };

type Fields = Record<string, unknown>;

function fields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError('not an object');
  return value as Fields;
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('not a text');
  return value;
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new TypeError('not a list');
  return value;
}

function localText(value: unknown): Text {
  if (typeof value === 'string') return { en: value };
  return Object.fromEntries(
    Object.entries(fields(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function time(value: unknown): number {
  const at = Date.parse(text(value));
  if (Number.isNaN(at)) throw new TypeError('not a time');
  return at;
}

function paths(value: unknown): string[][] {
  return list(value).map((path) => list(path).map((part) => String(part ?? '*')));
}

function readShift(value: unknown): Shift | undefined {
  if (value === null || value === undefined) return undefined;
  const shift = fields(value);
  return {
    staff: text(shift['staff']),
    role: shift['role'] === 'manager' ? 'manager' : 'clerk',
    endsAt: time(shift['ends_at']),
  };
}

export function readDesk(value: unknown): Desk {
  const desk = fields(value);
  const party = fields(desk['relying_party']);
  return {
    id: text(party['id']),
    name: localText(party['name']),
    shift: readShift(desk['shift']),
    hasStaff: desk['has_staff'] === true,
    purposes: list(desk['purposes']).map((entry) => {
      const purpose = fields(entry);
      return {
        id: text(purpose['id']),
        text: localText(purpose['text']),
        claims: paths(purpose['claims']),
        level: purpose['level'] === 'full' ? 'full' : 'light',
        retentionDays: Number(purpose['retention_days'] ?? 0),
        resultOnly: purpose['result_only'] === true,
        record: paths(purpose['record'] ?? []),
        group: Number(purpose['group'] ?? 1),
      };
    }),
  };
}

export function readRequest(value: unknown): DeskRequest {
  const request = fields(value);
  return {
    id: text(request['id']),
    walletLink: text(request['wallet_link']),
    code: text(request['code']),
    expiresAt: time(request['expires_at']),
  };
}

/** The claims as a flat list, nested ones by their path. */
export function flatten(claims: Fields, above: string[] = []): Verdict['claims'] {
  return Object.entries(claims).flatMap(([name, value]) => {
    const path = [...above, name];
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return flatten(value as Fields, path);
    return [{ path, value }];
  });
}

function readVerdict(value: unknown): Verdict {
  const verdict = fields(value);
  const outcome = verdict['outcome'];
  if (outcome !== 'valid' && outcome !== 'not_valid' && outcome !== 'cannot_tell')
    throw new TypeError('not an outcome');
  const age = verdict['status_age_s'];
  return {
    outcome,
    reason: typeof verdict['reason'] === 'string' ? verdict['reason'] : undefined,
    // Data goes with a valid verdict only: what could not be believed is not shown.
    claims: outcome === 'valid' ? flatten(fields(verdict['claims'] ?? {})) : [],
    level: typeof verdict['level'] === 'string' ? verdict['level'] : undefined,
    issuer: verdict['issuer'] === undefined ? undefined : localText(fields(verdict['issuer'])['name']),
    checkedAt: time(verdict['checked_at']),
    statusAge: typeof age === 'number' ? age : undefined,
  };
}

export function readState(value: unknown): RequestState {
  const view = fields(value);
  const state = view['state'];
  if (state === 'verdict') return { state, verdict: readVerdict(view['verdict']) };
  if (state === 'waiting' || state === 'opened' || state === 'expired' || state === 'declined')
    return { state };
  throw new TypeError('not a state');
}

/**
 * What a result-only verdict says: the one yes or no that was asked. A valid card whose answer is "no" is a
 * no, not a yes, whatever the card's own state.
 */
export function result(verdict: Verdict): { path: string[]; yes: boolean } | undefined {
  const answer = verdict.claims.find(({ value }) => typeof value === 'boolean');
  return answer ? { path: answer.path, yes: answer.value === true } : undefined;
}

/** The claims in the order in which they are registered, so that the desk finds each in its place. */
export function inOrder(claims: Verdict['claims'], registered: readonly string[][]): Verdict['claims'] {
  const places = new Map(registered.map((path, place) => [path.join(), place]));
  const place = ({ path }: Verdict['claims'][number]): number => places.get(path.join()) ?? registered.length;
  return [...claims].sort((a, b) => place(a) - place(b));
}

/** Several people on one order, each with their own card. */
export interface Order {
  id: string;
  people: number;
  placesLeft: number;
  travellers: {
    request: string;
    claims: Verdict['claims'];
    /** Whether they have a place, showed what somebody did before, or came when all were taken. */
    place: 'taken' | 'twice' | 'full';
  }[];
}

export function readOrder(value: unknown): Order {
  const order = fields(value);
  return {
    id: text(order['id']),
    people: Number(order['people']),
    placesLeft: Number(order['places_left']),
    travellers: list(order['travellers']).map((entry) => {
      const one = fields(entry);
      const place = one['place'];
      if (place !== 'taken' && place !== 'twice' && place !== 'full') throw new TypeError('not a place');
      return { request: text(one['request']), claims: flatten(fields(one['claims'])), place };
    }),
  };
}

/** Somebody of the staff. */
export interface StaffMember {
  id: string;
  role: 'clerk' | 'manager';
  wrongPins: number;
}

export function readStaff(value: unknown): StaffMember[] {
  return list(value).map((entry) => {
    const one = fields(entry);
    return {
      id: text(one['id']),
      role: one['role'] === 'manager' ? 'manager' : 'clerk',
      wrongPins: Number(one['wrong_pins'] ?? 0),
    };
  });
}

/** That something was taken out of a record. */
export interface Export {
  purpose: string;
  staff: string;
  reason: string;
  entries: number;
  at: number;
}

export function readExports(value: unknown): Export[] {
  return list(value).map((entry) => {
    const one = fields(entry);
    return {
      purpose: text(one['purpose']),
      staff: text(one['staff']),
      reason: text(one['reason']),
      entries: Number(one['entries'] ?? 0),
      at: time(one['at']),
    };
  });
}

/**
 * The moments at which the days from `from` to `to` (as in a date field) begin and are over, by this desk's
 * clock.
 */
export function range(from: string, to: string): { from: string; until: string } {
  const start = new Date(`${from}T00:00:00`);
  const end = new Date(`${to}T00:00:00`);
  end.setDate(end.getDate() + 1);
  if (Number.isNaN(start.getTime()) || Number.isNaN(end.getTime())) throw new TypeError('not a date');
  return { from: start.toISOString(), until: end.toISOString() };
}

/** Enrolling by a printed link: `/#<relying party>:<access code>`. */
export function credentialsOf(hash: string): { relyingParty: string; accessCode: string } | undefined {
  const match = /^#([\w-]{1,64}):([\w-]{1,128})$/.exec(hash);
  return match?.[1] && match[2] ? { relyingParty: match[1], accessCode: match[2] } : undefined;
}
