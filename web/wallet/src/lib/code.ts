/** Crockford's base 32: no I, L, O, U; what people mistype is read as what they meant. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const length = 8;

/** Brings a typed code into its one form, such as `AB12CD34`; `undefined` while it cannot be one. */
export function readCode(typed: string): string | undefined {
  const code = typed
    .toUpperCase()
    .replace(/[\s\-‐–._]/g, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1');
  if (code.length !== length || [...code].some((character) => !alphabet.includes(character)))
    return undefined;
  return code;
}

export function showCode(code: string): string {
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}

/** The verifier service that gave out a code: the listed one whose prefix is the longest that fits. */
export function serviceOf(
  code: string,
  services: readonly { url: string; codePrefix: string }[],
): string | undefined {
  return services
    .filter((service) => service.codePrefix !== '' && code.startsWith(service.codePrefix.toUpperCase()))
    .sort((a, b) => b.codePrefix.length - a.codePrefix.length)[0]?.url;
}

export interface RequestLink {
  clientId: string;
  requestUri: string;
  post: boolean;
}

function trustworthy(address: string): boolean {
  try {
    const { protocol, hostname } = new URL(address);
    return (
      protocol === 'https:' ||
      (protocol === 'http:' && (hostname === 'localhost' || hostname === '127.0.0.1'))
    );
  } catch {
    return false;
  }
}

/** Reads what a QR code or an address bar holds: `openid4vp://…` or a wallet's `/present?…` link. */
export function readLink(found: string): RequestLink | undefined {
  let query: URLSearchParams;
  try {
    const url = new URL(found);
    if (!['openid4vp:', 'haip-vp:', 'https:', 'http:'].includes(url.protocol)) return undefined;
    if (url.protocol.startsWith('http') && !url.pathname.endsWith('/present')) return undefined;
    query = url.searchParams;
  } catch {
    return undefined;
  }
  // Two readings of one link must not differ.
  const twice = ['client_id', 'request_uri', 'request_uri_method'].some(
    (name) => query.getAll(name).length > 1,
  );
  if (twice || found.length > 4096) return undefined;
  const method = query.get('request_uri_method');
  if (method !== null && method !== 'get' && method !== 'post') return undefined;
  const clientId = query.get('client_id');
  const requestUri = query.get('request_uri');
  if (!clientId || !requestUri || !trustworthy(requestUri)) return undefined;
  return { clientId, requestUri, post: method === 'post' };
}

export { trustworthy };
