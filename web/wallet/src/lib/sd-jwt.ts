import { SDJwtInstance } from '@sd-jwt/core';
import { fromBase64, sha256, toBase64Url, utf8 } from './bytes';
import { levelOf, type ClaimPath, type Level } from './dcql';
import { BadSignature, verifySigned } from './jws';
import { signText, thumbprint, type HeldKey } from './keys';
import { fields, list, number, text, Unreadable, type Fields } from './read';
import { BadChain, skewSeconds } from './x509';
import type { ListedIssuer } from './trust-list';
import { Problem } from './problem';

async function hasher(data: string | ArrayBuffer, algorithm: string): Promise<Uint8Array> {
  if (algorithm.toLowerCase() !== 'sha-256') throw new BadSignature('only SHA-256 digests are accepted');
  return sha256(typeof data === 'string' ? utf8(data) : new Uint8Array(data));
}

export interface Received {
  issuer: ListedIssuer;
  vct: string;
  level: Level;
  expires: number;
  claims: Record<string, unknown>;
}

/** Claims that say something of the token, not of the person. */
const aboutTheToken = [
  'iss',
  'iat',
  'nbf',
  'exp',
  'cnf',
  'vct',
  'vct#integrity',
  'status',
  '_sd_alg',
  '_sd',
  'sub',
];

/**
 * Checks a copy on receipt: signed by a listed issuer for this type, in time, bound to the key that we made
 * for it, every disclosure referenced exactly once. Anything else is not the card that was asked for.
 */
export async function checkReceived(
  token: string,
  key: HeldKey,
  issuers: readonly ListedIssuer[],
  now: Date,
): Promise<Received> {
  try {
    const [jws = '', ...rest] = token.split('~');
    if (rest.at(-1) !== '') throw new Unreadable('the copy ends in a key binding');
    const iss = text(
      fields(JSON.parse(new TextDecoder().decode(fromBase64(jws.split('.')[1] ?? ''))), 'payload')['iss'],
      'iss',
    );
    const issuer = issuers.find((listed) => listed.id === iss);
    if (!issuer) throw new BadSignature('the issuer is not listed');
    const { payload } = await verifySigned(jws, { typ: 'dc+sd-jwt', anchors: issuer.anchors, now });
    const vct = text(payload['vct'], 'vct');
    const level = levelOf(vct);
    if (!level || !issuer.vcts.includes(vct)) throw new BadSignature('the issuer may not issue this type');
    const bound = fields(fields(payload['cnf'], 'cnf')['jwk'], 'jwk');
    if ((await thumbprint(bound as { kty: string })) !== key.id)
      throw new BadSignature('bound to another key');
    const expires = number(payload['exp'], 'exp');
    if (expires < now.getTime() / 1000 - skewSeconds) throw new BadSignature('expired');
    const disclosures = rest.slice(0, -1);
    if (new Set(disclosures).size !== disclosures.length) throw new Unreadable('a disclosure comes twice');
    const referenced = await referencedDisclosures(payload, disclosures);
    if (referenced !== disclosures.length) throw new Unreadable('a disclosure that nothing refers to');
    const claims = (await new SDJwtInstance({ hasher, hashAlg: 'sha-256' }).getClaims(token)) as Record<
      string,
      unknown
    >;
    for (const name of aboutTheToken) Reflect.deleteProperty(claims, name);
    return { issuer, vct, level, expires: expires * 1000, claims };
  } catch (error) {
    if (error instanceof Problem) throw error;
    if (
      error instanceof BadSignature ||
      error instanceof BadChain ||
      error instanceof Unreadable ||
      error instanceof SyntaxError
    )
      throw new Problem('card_not_genuine');
    throw error;
  }
}

/** How many of the disclosures are reached from the payload's digests, following nested ones (RFC 9901 section 7.1). */
async function referencedDisclosures(payload: Fields, disclosures: readonly string[]): Promise<number> {
  const byDigest = new Map<string, unknown>();
  for (const disclosure of disclosures) {
    const parts = list(
      JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(fromBase64(disclosure))),
      'disclosure',
    );
    if (parts.length !== 2 && parts.length !== 3) throw new Unreadable('disclosure');
    byDigest.set(toBase64Url(await sha256(utf8(disclosure))), parts.at(-1));
  }
  let reached = 0;
  const seen = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const entry of value as unknown[]) {
        if (typeof entry === 'object' && entry !== null && '...' in entry) follow((entry as Fields)['...']);
        else visit(entry);
      }
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, entry] of Object.entries(value))
        if (name === '_sd') for (const digest of list(entry, '_sd')) follow(digest);
        else visit(entry);
    }
  };
  const follow = (digest: unknown): void => {
    const name = text(digest, 'digest');
    if (seen.has(name)) throw new Unreadable('a digest comes twice');
    seen.add(name);
    if (!byDigest.has(name)) return;
    reached += 1;
    visit(byDigest.get(name));
  };
  visit(payload);
  return reached;
}

type Frame = { [name: string]: Frame | boolean };

/** The paths as the tree of names that the library discloses by. */
export function frameOf(paths: readonly ClaimPath[]): Frame {
  const frame: Frame = {};
  for (const path of paths) {
    let here = frame;
    for (const [depth, part] of path.entries()) {
      // Below an array the whole array is disclosed: cards hold no array with parts to choose from.
      const last = depth === path.length - 1 || typeof path[depth + 1] !== 'string';
      const name = String(part);
      if (last) {
        here[name] ??= true;
        break;
      }
      const next = here[name];
      here = here[name] = typeof next === 'object' ? next : {};
    }
  }
  return frame;
}

/** Makes the presentation: only the chosen claims, bound to this asker and this request by the copy's key. */
export async function present(
  token: string,
  key: HeldKey,
  paths: readonly ClaimPath[],
  binding: { audience: string; nonce: string; now: Date },
): Promise<string> {
  const instance = new SDJwtInstance({
    hasher,
    hashAlg: 'sha-256',
    kbSignAlg: 'ES256',
    kbSigner: (data: string) => signText(key, data),
  });
  return instance.present(token, frameOf(paths), {
    kb: {
      payload: { iat: Math.floor(binding.now.getTime() / 1000), aud: binding.audience, nonce: binding.nonce },
    },
  });
}
