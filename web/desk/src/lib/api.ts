import {
  readDesk,
  readExports,
  readOrder,
  readRequest,
  readStaff,
  readState,
  type Desk,
  type DeskRequest,
  type Export,
  type Order,
  type RequestState,
  type StaffMember,
} from './read';

/** What can go wrong at the desk; each has a sentence and a way on in the catalogue (`problem.<kind>.*`). */
export const problemKinds = [
  'no_network',
  'service_down',
  'signed_out',
  'not_enrolled',
  'wrong_code',
  'wrong_pin',
  'pin_unfit',
  'staff_unfit',
  'forbidden',
  'last_manager',
  'range_unfit',
  'too_many_attempts',
  'over_asking',
  'suspended',
  'standing_unknown',
  'request_gone',
  'sheet_mistyped',
  'sheet_used',
  'sheet_not_enough',
  'unexpected',
] as const;
export type ProblemKind = (typeof problemKinds)[number];

export class Problem extends Error {
  constructor(
    readonly kind: ProblemKind,
    readonly about: { seconds?: number; trace?: string } = {},
  ) {
    super(kind);
    this.name = 'Problem';
  }
}

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem('unexpected');
}

async function call(path: string, body?: unknown): Promise<unknown> {
  const response = await send(path, body);
  // Some answers have nothing to say.
  const text = await response.text();
  return text === '' ? undefined : JSON.parse(text);
}

async function send(path: string, body?: unknown): Promise<Response> {
  const post = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  };
  let response: Response;
  try {
    response = await fetch(path, {
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(20_000),
      ...(body === undefined ? {} : post),
    });
  } catch {
    throw new Problem(navigator.onLine === false ? 'no_network' : 'service_down');
  }
  if (response.ok) return response;
  throw await problemOf(response);
}

/** The server's codes that have a sentence of their own here. */
const kinds: Record<string, ProblemKind> = {
  'wrong-access-code': 'wrong_code',
  'wrong-pin': 'wrong_pin',
  'device-not-enrolled': 'not_enrolled',
  'pin-unfit': 'pin_unfit',
  'staff-id-malformed': 'staff_unfit',
  'staff-id-taken': 'staff_unfit',
  forbidden: 'forbidden',
  'relying-party-suspended': 'suspended',
  'registration-withdrawn': 'suspended',
  'registration-unknown': 'standing_unknown',
  'last-manager': 'last_manager',
  'range-unfit': 'range_unfit',
  'mistyped-code': 'sheet_mistyped',
  'no-such-code': 'sheet_used',
  'sheet-not-enough': 'sheet_not_enough',
};

async function problemOf(response: Response): Promise<Problem> {
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  const about = typeof body['trace_id'] === 'string' ? { trace: body['trace_id'] } : {};
  const code = String(body['code'] ?? '');
  const named = kinds[code];
  if (named) return new Problem(named, about);
  if (code.startsWith('over-asking')) return new Problem('over_asking', about);
  if (response.status === 401) return new Problem('signed_out', about);
  if (response.status === 404 || response.status === 409) return new Problem('request_gone', about);
  if (response.status === 429) {
    const seconds = Number(body['retry_after'] ?? response.headers.get('Retry-After'));
    return new Problem('too_many_attempts', { ...about, seconds: seconds > 0 ? seconds : 60 });
  }
  return new Problem(response.status >= 500 ? 'service_down' : 'unexpected', about);
}

/** Makes this device a desk, once. */
export async function enrol(relyingParty: string, accessCode: string): Promise<void> {
  await call('/desk/enrol', { relying_party: relyingParty, access_code: accessCode });
}

export async function signIn(staff: string, pin: string): Promise<void> {
  await call('/desk/sign-in', { staff, pin });
}

/** Takes somebody on; the first of all becomes a manager. */
export async function addStaff(id: string, pin: string, role?: StaffMember['role']): Promise<void> {
  await call('/desk/staff', { id, pin, role });
}

export async function staff(): Promise<StaffMember[]> {
  return readStaff(await call('/desk/staff'));
}

/** Sets somebody's PIN; one's own by the one until now. */
export async function setPin(id: string, pin: string, current?: string): Promise<void> {
  await call(`/desk/staff/${encodeURIComponent(id)}/pin`, { pin, current });
}

export async function endStaff(id: string): Promise<void> {
  await call(`/desk/staff/${encodeURIComponent(id)}/end`, {});
}

export async function exports(): Promise<Export[]> {
  return readExports(await call('/desk/records/exports'));
}

/** What was kept for a purpose on these days, as a file. */
export async function exportRecord(
  purpose: string,
  days: { from: string; until: string },
  form: 'csv' | 'json',
  reason: string,
): Promise<Blob> {
  const path = `/desk/records/${encodeURIComponent(purpose)}/export`;
  return (await send(path, { ...days, form, reason })).blob();
}

export async function signOut(): Promise<void> {
  await call('/desk/sign-out', {});
}

/** The desk that this device is, if it is one. */
export async function desk(): Promise<Desk | undefined> {
  try {
    return readDesk(await call('/desk'));
  } catch (error) {
    if (error instanceof Problem && error.kind === 'not_enrolled') return undefined;
    throw error;
  }
}

export async function ask(purpose: string): Promise<DeskRequest> {
  return readRequest(await call('/desk/requests', { purpose }));
}

export async function beginOrder(purpose: string, people: number): Promise<Order> {
  return readOrder(await call('/desk/orders', { purpose, people }));
}

export async function orderOf(id: string): Promise<Order> {
  return readOrder(await call(`/desk/orders/${encodeURIComponent(id)}`));
}

export async function askNext(order: string): Promise<DeskRequest> {
  return readRequest(await call(`/desk/orders/${encodeURIComponent(order)}/requests`, {}));
}

export async function sameDevice(id: string): Promise<string> {
  return readRequest(await call(`/desk/requests/${encodeURIComponent(id)}/same-device`, {})).walletLink;
}

/** Where the receipt of a request with a verdict is. */
export function receiptOf(id: string): string {
  return `/desk/requests/${encodeURIComponent(id)}/receipt`;
}

export async function stateOf(id: string): Promise<RequestState> {
  return readState(await call(`/desk/requests/${encodeURIComponent(id)}`));
}

/**
 * Watches a request until it is over. The browser reconnects by itself; where the stream stays away, the
 * state is asked for now and then, so that a verdict is never missed.
 */
export function watch(
  id: string,
  onstate: (state: RequestState) => void,
  onproblem: (problem: Problem) => void,
): () => void {
  const events = new EventSource(`/desk/requests/${encodeURIComponent(id)}/events`);
  let over = false;
  const stop = (): void => {
    over = true;
    clearInterval(asking);
    events.close();
  };
  const take = (state: RequestState): void => {
    if (over) return;
    if (state.state !== 'waiting' && state.state !== 'opened') stop();
    onstate(state);
  };
  events.addEventListener('state', (event) =>
    take(readState(JSON.parse(String((event as MessageEvent).data)))),
  );
  const asking = setInterval(() => {
    if (events.readyState === EventSource.OPEN) return;
    stateOf(id).then(take, (error: unknown) => {
      const problem = asProblem(error);
      if (over || problem.kind === 'no_network' || problem.kind === 'service_down') return;
      stop();
      onproblem(problem);
    });
  }, 3000);
  return stop;
}

/** Answers a request with a code of a guest's printed sheet; the verdict comes as it always does. */
export async function handOver(id: string, code: string): Promise<void> {
  await call(`/desk/requests/${encodeURIComponent(id)}/sheet`, { code });
}
