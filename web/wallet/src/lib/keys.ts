import { calculateJwkThumbprint, type JWK } from 'jose';
import { toBase64Url, utf8 } from './bytes';
import { guardKey, type Guard, type GuardedKey } from './guard';

// A type, not an interface: the libraries' key type has an index signature, which only a type satisfies.
export type PublicJwk = { kty: 'EC'; crv: 'P-256'; x: string; y: string };

/** An ES256 key whose private half never leaves WebCrypto. `id` is the RFC 7638 thumbprint. */
export interface HeldKey {
  id: string;
  jwk: PublicJwk;
  privateKey: CryptoKey;
}

/** A key of a full card: its private half is sealed to the holder's passkey, and this page can't use it. */
export interface SealedKey {
  id: string;
  jwk: PublicJwk;
  sealed: GuardedKey;
}

/** A fresh key; `exportable` until it is sealed. */
export async function newKey(exportable = false): Promise<HeldKey> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, exportable, [
    'sign',
    'verify',
  ]);
  const { x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  if (!x || !y) throw new Error('the key has no coordinates');
  const jwk: PublicJwk = { kty: 'EC', crv: 'P-256', x, y };
  return { id: await thumbprint(jwk), jwk, privateKey: pair.privateKey };
}

export async function sealKey(guard: Guard, { id, jwk, privateKey }: HeldKey): Promise<SealedKey> {
  return { id, jwk, sealed: await guardKey(guard, privateKey) };
}

export function thumbprint(jwk: JWK): Promise<string> {
  return calculateJwkThumbprint(jwk, 'sha256');
}

/** Signs as JWS does: ES256, the signature as r ‖ s in base64url. */
export async function signText(key: HeldKey, text: string): Promise<string> {
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key.privateKey, utf8(text));
  return toBase64Url(new Uint8Array(signature));
}

export async function signJwt(key: HeldKey, header: object, payload: object): Promise<string> {
  const head = toBase64Url(utf8(JSON.stringify({ ...header, alg: 'ES256' })));
  const body = toBase64Url(utf8(JSON.stringify(payload)));
  return `${head}.${body}.${await signText(key, `${head}.${body}`)}`;
}
