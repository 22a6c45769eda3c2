import { at, send } from './http';
import type { PendingEnrolment } from './store';

/** A request about an application, for whoever holds its token; without a body it is a question. */
export function askOf(
  { issuer, id, token }: PendingEnrolment,
  path: string,
  init: { body?: Blob | object; signal?: AbortSignal; seconds?: number } = {},
): Promise<Response> {
  const { body, ...rest } = init;
  const place = at(issuer, `/enrolments/${id}${path}`);
  const headers: Record<string, string> = { Authorization: `Bearer ${token}` };
  if (body === undefined) return send(place, { headers, ...rest });
  const picture = body instanceof Blob;
  headers['Content-Type'] = picture ? body.type : 'application/json';
  return send(place, { method: 'POST', headers, body: picture ? body : JSON.stringify(body), ...rest });
}
