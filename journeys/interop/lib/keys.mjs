// ES256 keys, and what the OpenID4VC and SD-JWT libraries ask of a wallet's cryptography.
import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { CompactEncrypt, calculateJwkThumbprint, importJWK } from 'jose';
import { clientAuthenticationClientAttestationJwt } from '@openid4vc/oauth2';

const curve = { name: 'ECDSA', namedCurve: 'P-256' };
const es256 = { name: 'ECDSA', hash: 'SHA-256' };

export const base64url = (bytes) => Buffer.from(bytes).toString('base64url');
export const sha256 = (data) =>
  new Uint8Array(createHash('sha256').update(typeof data === 'string' ? data : Buffer.from(data)).digest());

/** A new key; the private half stays inside WebCrypto. */
export async function newKey() {
  const { privateKey, publicKey } = await webcrypto.subtle.generateKey(curve, true, ['sign', 'verify']);
  const { kty, crv, x, y } = await webcrypto.subtle.exportKey('jwk', publicKey);
  const jwk = { kty, crv, x, y };
  return { privateKey, publicKey, jwk, thumbprint: await calculateJwkThumbprint(jwk) };
}

/** ES256 over text, as base64url: what @sd-jwt calls a signer. */
export const signerOf = (key) => async (data) =>
  base64url(await webcrypto.subtle.sign(es256, key.privateKey, Buffer.from(data)));

/** What @sd-jwt calls a verifier. */
export const verifierOf = (jwk) => async (data, signature) => {
  const key = await webcrypto.subtle.importKey('jwk', { ...jwk }, curve, true, ['verify']);
  return webcrypto.subtle.verify(es256, key, Buffer.from(signature, 'base64url'), Buffer.from(data));
};

export async function signJwt(key, header, payload) {
  const input = [{ ...header, alg: 'ES256' }, payload].map((part) => base64url(JSON.stringify(part))).join('.');
  return `${input}.${await signerOf(key)(input)}`;
}

/** How the OpenID4VC libraries are told which key signs. */
export const jwkSigner = (key) => ({ method: 'jwk', alg: 'ES256', publicJwk: key.jwk });

/** The callbacks of the OpenID4VC libraries, for a wallet that holds `keys` and is vouched for. */
export function callbacks(keys = [], attestation = undefined) {
  const sign = async (signer, { header, payload }) => {
    const thumbprint = await calculateJwkThumbprint(signer.publicJwk);
    const key = keys.find((held) => held.thumbprint === thumbprint);
    if (!key) throw new Error('no key of this wallet');
    return { jwt: await signJwt(key, header, payload), signerJwk: key.jwk };
  };
  const generateRandom = (length) => new Uint8Array(randomBytes(length));
  return {
    fetch,
    generateRandom,
    hash: (data, algorithm) => new Uint8Array(createHash(algorithm.replace('-', '')).update(data).digest()),
    signJwt: sign,
    verifyJwt: () => ({ verified: false }),
    decryptJwe: () => ({ decrypted: false }),
    encryptJwe: async ({ publicJwk, alg, enc, apu, apv }, data) => ({
      encryptionJwk: publicJwk,
      jwe: await new CompactEncrypt(Buffer.from(data))
        .setProtectedHeader({ alg, enc, ...(publicJwk.kid ? { kid: publicJwk.kid } : {}) })
        .setKeyManagementParameters({
          ...(apu ? { apu: Buffer.from(apu, 'base64url') } : {}),
          ...(apv ? { apv: Buffer.from(apv, 'base64url') } : {}),
        })
        .encrypt(await importJWK(publicJwk, alg)),
    }),
    clientAuthentication: attestation
      ? clientAuthenticationClientAttestationJwt({
          clientAttestationJwt: attestation,
          callbacks: { signJwt: sign, generateRandom },
        })
      : () => {},
  };
}
