import { fromBase64, utf8 } from './bytes';
import { fields, list, text, type Fields } from './read';
import { BadChain, validateChain, verifyingKey, type Certificate } from './x509';

export class BadSignature extends Error {
  override name = 'BadSignature';
}

export interface Signed {
  header: Fields;
  payload: Fields;
  leaf: Certificate;
}

function decodePart(part: string): Fields {
  try {
    return fields(
      JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(fromBase64(part))),
      'token part',
    );
  } catch {
    throw new BadSignature('a part of the token is not JSON');
  }
}

/**
 * Checks a compact JWS whose signer is named by `x5c` and must chain to one of the anchors. ES256 only; a
 * critical header that we do not know makes it invalid (RFC 7515 section 4.1.11).
 */
export async function verifySigned(
  token: string,
  expected: { typ?: string; anchors: readonly Certificate[]; now: Date },
): Promise<Signed> {
  const parts = token.trim().split('.');
  const [head, body, signature] = parts;
  if (parts.length !== 3 || !head || !body || !signature) throw new BadSignature('not a compact JWS');
  const header = decodePart(head);
  if (header['alg'] !== 'ES256') throw new BadSignature('only ES256 is accepted');
  if ('crit' in header) throw new BadSignature('an unknown critical header');
  if (expected.typ !== undefined && header['typ'] !== expected.typ)
    throw new BadSignature('the token is of another type');
  if (header['x5c'] === undefined) throw new BadChain('no certificate is given');
  const x5c = list(header['x5c'], 'x5c').map((entry) => text(entry, 'x5c'));
  const leaf = await validateChain(x5c, expected.anchors, expected.now);
  const genuine = await crypto.subtle.verify(
    { name: 'ECDSA', hash: 'SHA-256' },
    await verifyingKey(leaf),
    fromBase64(signature),
    utf8(`${head}.${body}`),
  );
  if (!genuine) throw new BadSignature('the signature does not match');
  return { header, payload: decodePart(body), leaf };
}
