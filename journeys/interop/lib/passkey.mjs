// A passkey in software: just enough of WebAuthn Level 3 to make an account at the provider.
import { randomBytes } from 'node:crypto';
import { base64url, newKey, sha256, signerOf } from './keys.mjs';

/** CBOR for what an attestation object and a COSE key hold (RFC 8949). */
function cbor(value) {
  const head = (major, length) =>
    length < 24 ? Buffer.from([(major << 5) | length])
    : length < 256 ? Buffer.from([(major << 5) | 24, length])
    : Buffer.from([(major << 5) | 25, length >> 8, length & 255]);
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([name, item]) => [cbor(name), cbor(item)])]);
}

const clientData = (type, challenge, origin) =>
  Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));

// User present, user verified, backup eligible and backed up; with a credential, attested data too.
const flags = { asserted: 0x1d, created: 0x5d };

const counter = Buffer.alloc(4);

/** Answers a creation challenge: the credential as PublicKeyCredential.toJSON() gives it. */
export async function createPasskey({ publicKey: options }, origin) {
  const key = await newKey();
  const id = randomBytes(32);
  const coordinate = (name) => Buffer.from(key.jwk[name], 'base64url');
  const coseKey = cbor(new Map([[1, 2], [3, -7], [-1, 1], [-2, coordinate('x')], [-3, coordinate('y')]]));
  const rpId = options.rp.id ?? new URL(origin).hostname;
  const authenticatorData = Buffer.concat([
    sha256(rpId), Buffer.from([flags.created]), counter,
    Buffer.alloc(16), Buffer.from([0, id.length]), id, coseKey,
  ]);
  const attestationObject = cbor(
    new Map([['fmt', 'none'], ['attStmt', new Map()], ['authData', authenticatorData]]),
  );
  const credential = {
    id: base64url(id),
    rawId: base64url(id),
    type: 'public-key',
    response: {
      clientDataJSON: base64url(clientData('webauthn.create', options.challenge, origin)),
      attestationObject: base64url(attestationObject),
      transports: ['internal'],
    },
    clientExtensionResults: { credProps: { rk: true } },
    authenticatorAttachment: 'platform',
  };
  return { credential, passkey: { key, id, rpId, user: options.user.id } };
}

/** Converts an ES256 signature from r || s to the DER that WebAuthn has. */
function derSignature(raw) {
  const integer = (bytes) => {
    let start = 0;
    while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
    const trimmed = bytes.subarray(start);
    const padded = trimmed[0] & 0x80 ? Buffer.concat([Buffer.alloc(1), trimmed]) : trimmed;
    return Buffer.concat([Buffer.from([2, padded.length]), padded]);
  };
  const body = Buffer.concat([integer(raw.subarray(0, 32)), integer(raw.subarray(32))]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

/** Answers a request challenge with a passkey made before. */
export async function usePasskey({ publicKey: options }, passkey, origin) {
  const data = clientData('webauthn.get', options.challenge, origin);
  const authenticatorData = Buffer.concat([sha256(passkey.rpId), Buffer.from([flags.asserted]), counter]);
  const signed = Buffer.concat([authenticatorData, sha256(data)]);
  const raw = Buffer.from(await signerOf(passkey.key)(signed), 'base64url');
  return {
    id: base64url(passkey.id),
    rawId: base64url(passkey.id),
    type: 'public-key',
    response: {
      clientDataJSON: base64url(data),
      authenticatorData: base64url(authenticatorData),
      signature: base64url(derSignature(raw)),
      userHandle: passkey.user,
    },
    clientExtensionResults: {},
    authenticatorAttachment: 'platform',
  };
}
