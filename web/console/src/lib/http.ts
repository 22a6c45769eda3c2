import { Problem, problemOf } from './problem';

interface Asking {
  /** What the page does by itself keeps no sign-in alive. */
  unattended?: boolean;
}

export async function send(path: string, init: RequestInit, asking: Asking = {}): Promise<unknown> {
  const response = await answered(path, init, asking);
  // Done, or begun: there is nothing to read.
  if (response.status === 204 || response.status === 202) return undefined;
  const body: unknown = await response.json().catch(() => undefined);
  if (body === undefined) throw new Problem('service_down');
  return body;
}

/** A file that is made when it is asked for. */
export async function fetchFile(path: string): Promise<Blob> {
  const response = await answered(path, { method: 'POST' }, {});
  return response.blob().catch(() => {
    throw new Problem('service_down');
  });
}

/** The answer, if it is a good one. */
async function answered(path: string, init: RequestInit, { unattended = false }: Asking): Promise<Response> {
  const limit = AbortSignal.timeout(30_000);
  const headers = new Headers(init.headers);
  if (unattended) headers.set('Tanda-Unattended', '1');
  let response: Response;
  try {
    response = await fetch(path, {
      ...init,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      signal: limit,
    });
  } catch {
    if (limit.aborted) throw new Problem('slow');
    throw new Problem(navigator.onLine === false ? 'no_network' : 'service_down');
  }
  if (!response.ok) throw problemOf(response.status, await response.json().catch(() => undefined));
  return response;
}

export function get(path: string, asking: Asking = {}): Promise<unknown> {
  return send(path, {}, asking);
}

export function post(path: string, body: unknown = {}): Promise<unknown> {
  const headers = { 'Content-Type': 'application/json' };
  return send(path, { method: 'POST', headers, body: JSON.stringify(body) }, {});
}
