import { readDesk, readRequest, readState, type Desk, type DeskRequest, type RequestState } from './read';

/** What can go wrong at the desk; each has a sentence and a way on in the catalogue (`problem.<kind>.*`). */
export type ProblemKind =
  | 'no_network'
  | 'service_down'
  | 'signed_out'
  | 'wrong_code'
  | 'too_many_attempts'
  | 'over_asking'
  | 'request_gone'
  | 'unexpected';

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
  if (response.ok) return response.status === 204 ? undefined : response.json();
  throw await problemOf(response);
}

async function problemOf(response: Response): Promise<Problem> {
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  const about = typeof body['trace_id'] === 'string' ? { trace: body['trace_id'] } : {};
  const code = String(body['code'] ?? '');
  if (code === 'wrong-access-code') return new Problem('wrong_code', about);
  if (code.startsWith('over-asking')) return new Problem('over_asking', about);
  if (response.status === 401) return new Problem('signed_out', about);
  if (response.status === 404 || response.status === 409) return new Problem('request_gone', about);
  if (response.status === 429) {
    const seconds = Number(body['retry_after'] ?? response.headers.get('Retry-After'));
    return new Problem('too_many_attempts', { ...about, seconds: seconds > 0 ? seconds : 60 });
  }
  return new Problem(response.status >= 500 ? 'service_down' : 'unexpected', about);
}

export async function signIn(relyingParty: string, accessCode: string): Promise<void> {
  await call('/desk/sign-in', { relying_party: relyingParty, access_code: accessCode });
}

export async function signOut(): Promise<void> {
  await call('/desk/sign-out', {});
}

/** The desk that this browser is signed in at, if any. */
export async function desk(): Promise<Desk | undefined> {
  try {
    return readDesk(await call('/desk'));
  } catch (error) {
    if (error instanceof Problem && error.kind === 'signed_out') return undefined;
    throw error;
  }
}

export async function ask(purpose: string): Promise<DeskRequest> {
  return readRequest(await call('/desk/requests', { purpose }));
}

export async function sameDevice(id: string): Promise<string> {
  return readRequest(await call(`/desk/requests/${encodeURIComponent(id)}/same-device`, {})).walletLink;
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
