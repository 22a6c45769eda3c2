import { Problem } from './problem';

/** A place under a server's address, whether or not that ends in a slash. `path` begins with one. */
export function at(server: string, path: string): string {
  return `${server.replace(/\/$/, '')}${path}`;
}

/** `fetch` that says in our own terms why nothing came back, and does not wait for ever. */
export async function send(
  input: string | URL,
  init: RequestInit & { seconds?: number } = {},
): Promise<Response> {
  const { seconds = 20, ...rest } = init;
  const limit = AbortSignal.timeout(seconds * 1000);
  const signal = rest.signal ? AbortSignal.any([rest.signal, limit]) : limit;
  try {
    return await fetch(input, { credentials: 'omit', cache: 'no-store', redirect: 'error', ...rest, signal });
  } catch (error) {
    if (rest.signal?.aborted) throw error;
    if (limit.aborted) throw new Problem('slow');
    throw new Problem(navigator.onLine === false ? 'no_network' : 'service_down');
  }
}

/** The `code` of an RFC 9457 problem document, and what else a sentence may need. */
export interface ProblemDocument {
  code: string;
  trace: string | undefined;
  retryAfter: number | undefined;
}

export async function problemOf(response: Response): Promise<ProblemDocument> {
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  const after = Number(body['retry_after'] ?? response.headers.get('Retry-After'));
  const code = body['code'] ?? body['error'];
  return {
    code: typeof code === 'string' ? code : `http-${response.status}`,
    trace: typeof body['trace_id'] === 'string' ? body['trace_id'] : undefined,
    retryAfter: Number.isFinite(after) && after > 0 ? after : undefined,
  };
}

/** The problem of an answer that no more particular rule explains. */
export function generalProblem(response: Response, document: ProblemDocument): Problem {
  const about = document.trace === undefined ? {} : { trace: document.trace };
  if (response.status === 429)
    return new Problem('too_many_attempts', { ...about, seconds: document.retryAfter ?? 60 });
  if (response.status >= 500) return new Problem('service_down', about);
  return new Problem('unexpected', about);
}

export async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    throw new Problem('service_down');
  }
}
