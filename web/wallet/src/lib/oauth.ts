import {
  clientAuthenticationClientAttestationJwt,
  setGlobalConfig,
  type CallbackContext,
  type HashAlgorithm,
  type JwtSigner,
} from '@openid4vc/oauth2';
import { CompactEncrypt, importJWK, type JWK } from 'jose';
import { fromBase64, randomBytes, utf8 } from './bytes';
import { at, send } from './http';
import { newKey, signJwt, thumbprint, type HeldKey, type PublicJwk } from './keys';
import { keep, recall } from './store';
import * as provider from './provider';

/** The protocol libraries refuse plain http; on the machine itself, where development happens, it is all there is. */
export function allowLoopback(): void {
  const { hostname } = globalThis.location ?? { hostname: '' };
  if (hostname === 'localhost' || hostname === '127.0.0.1') setGlobalConfig({ allowInsecureUrls: true });
}

const digestNames = { 'sha-256': 'SHA-256', 'sha-384': 'SHA-384', 'sha-512': 'SHA-512' } as const;

/** What the OpenID4VC libraries need from us: hashing, randomness, and signing with keys that stay in WebCrypto. */
export function callbacks(keys: readonly HeldKey[], attestation: string) {
  const signJwtWithHeldKey: CallbackContext['signJwt'] = async (signer: JwtSigner, { header, payload }) => {
    if (signer.method !== 'jwk') throw new Error('the wallet signs with its own keys only');
    const id = await thumbprint(signer.publicJwk as JWK);
    const key = keys.find((held) => held.id === id);
    if (!key) throw new Error('the wallet holds no such key');
    return { jwt: await signJwt(key, header, payload), signerJwk: key.jwk };
  };
  const hash = async (data: Uint8Array, algorithm: HashAlgorithm) =>
    new Uint8Array(await crypto.subtle.digest(digestNames[algorithm], new Uint8Array(data)));
  const generateRandom = (length: number) => randomBytes(length);
  const encryptJwe: CallbackContext['encryptJwe'] = async (encryptor, data) => {
    const { publicJwk, alg, enc, apu, apv } = encryptor;
    const key = await importJWK(publicJwk as JWK, alg);
    const jwe = await new CompactEncrypt(utf8(data))
      .setProtectedHeader({ alg, enc, ...(publicJwk.kid ? { kid: publicJwk.kid } : {}) })
      .setKeyManagementParameters({
        ...(apu ? { apu: fromBase64(apu) } : {}),
        ...(apv ? { apv: fromBase64(apv) } : {}),
      })
      .encrypt(key);
    return { jwe, encryptionJwk: publicJwk };
  };
  return {
    fetch: send as typeof fetch,
    hash,
    generateRandom,
    signJwt: signJwtWithHeldKey,
    encryptJwe,
    decryptJwe: () => ({ decrypted: false as const }),
    // Nothing is believed that no step of ours has checked against the trust list.
    verifyJwt: () => ({ verified: false as const }),
    clientAuthentication: clientAuthenticationClientAttestationJwt({
      clientAttestationJwt: attestation,
      callbacks: { signJwt: signJwtWithHeldKey, generateRandom },
    }),
  };
}

async function heldKey(name: 'instanceKey' | 'dpopKey'): Promise<HeldKey> {
  const held = await recall(name);
  if (held) return held;
  const made = await newKey();
  await keep(name, made);
  return made;
}

/** This wallet as an OAuth client: its instance key, attested by the provider, and its DPoP key. */
export interface Client {
  instanceKey: HeldKey;
  dpopKey: HeldKey;
  attestation: string;
}

export async function attestedClient(authority: string): Promise<Client> {
  const instanceKey = await heldKey('instanceKey');
  const dpopKey = await heldKey('dpopKey');
  return { instanceKey, dpopKey, attestation: await provider.attest(instanceKey.jwk, authority) };
}

/** The two headers of attestation-based client authentication for a call to `issuer`. */
async function attestationHeaders(client: Client, issuer: string): Promise<Headers> {
  const headers = new Headers();
  const { clientAuthentication } = callbacks([client.instanceKey], client.attestation);
  await clientAuthentication({
    headers,
    authorizationServerMetadata: { issuer },
  } as unknown as Parameters<typeof clientAuthentication>[0]);
  return headers;
}

/** Asks an authority as this wallet, which its provider vouches for. `path` begins with a slash. */
export async function ask(
  issuer: string,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<Response> {
  const headers = await attestationHeaders(await attestedClient(issuer), issuer);
  const init: RequestInit = { method, headers };
  if (body !== undefined) {
    headers.set('Content-Type', 'application/json');
    init.body = JSON.stringify(body);
  }
  return send(at(issuer, path), init);
}

export function signerOf(key: HeldKey): { method: 'jwk'; alg: 'ES256'; publicJwk: PublicJwk } {
  return { method: 'jwk', alg: 'ES256', publicJwk: key.jwk };
}
