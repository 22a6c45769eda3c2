// Requests whose failures say what failed, and a browser's cookies.

/** A request that must succeed; returns the JSON body, if any. */
export async function call(url, { method = 'POST', body, headers = {}, jar } = {}) {
  const response = await send(url, { method, body, headers, jar });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${new URL(url).pathname}: ${response.status} ${text.slice(0, 300)}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** Any request; a plain object is sent as JSON. */
export async function send(url, { method = 'POST', body, headers = {}, jar } = {}) {
  const bytes = body === undefined || body instanceof Uint8Array || typeof body === 'string';
  const all = new Headers(headers);
  if (!bytes) all.set('Content-Type', 'application/json');
  jar?.put(all, url);
  const response = await fetch(url, { method, headers: all, body: bytes ? body : JSON.stringify(body), redirect: 'manual' });
  jar?.take(response);
  return response;
}

/** The cookies of one origin, as a browser on its pages would send them. */
export class CookieJar {
  #cookies = new Map();

  put(headers, url) {
    headers.set('Origin', new URL(url).origin);
    headers.set('Sec-Fetch-Site', 'same-origin');
    const cookies = [...this.#cookies].map(([name, value]) => `${name}=${value}`);
    if (cookies.length > 0) headers.set('Cookie', cookies.join('; '));
  }

  take(response) {
    for (const line of response.headers.getSetCookie()) {
      const [pair] = line.split(';');
      const at = pair.indexOf('=');
      this.#cookies.set(pair.slice(0, at).trim(), pair.slice(at + 1).trim());
    }
  }
}
