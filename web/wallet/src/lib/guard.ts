import { passkeySecret, PasskeyError } from '@tanda/ui/passkey';
import { randomBytes } from './bytes';
import { Problem } from './problem';

/**
 * What the keys of a full card are sealed to: a key pair whose private half only the holder's passkey opens
 * (WebAuthn Level 3 section 10.1.4, `prf`). Sealing takes no passkey, so copies can be fetched at any time;
 * opening takes one with the holder verified, so every showing does.
 */
export interface Guard {
  /** The passkey that opens it. */
  credential: Uint8Array<ArrayBuffer>;
  salt: Uint8Array<ArrayBuffer>;
  publicKey: CryptoKey;
  /** The private half, PKCS #8, under a key that follows from what the passkey answers to the salt. */
  sealed: Sealed;
}

interface Sealed {
  iv: Uint8Array<ArrayBuffer>;
  bytes: ArrayBuffer;
}

/** A private key that only the guard opens. */
export interface GuardedKey extends Sealed {
  /** The key pair's half that was made for this one key. */
  ephemeral: CryptoKey;
}

const curve = { name: 'ECDH', namedCurve: 'P-256' };
const signing = { name: 'ECDSA', namedCurve: 'P-256' };
/** What a guard key and a copy's key are for, so that neither is ever taken for the other. */
const purposes = { guard: 'tanda full card guard', copy: 'tanda full card copy' };

async function cipherKey(secret: BufferSource, purpose: string): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const info = new TextEncoder().encode(purpose);
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  );
}

async function agreed(own: CryptoKey, other: CryptoKey): Promise<CryptoKey> {
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: other }, own, 256);
  return cipherKey(shared, purposes.copy);
}

async function seal(key: CryptoKey, bytes: BufferSource): Promise<Sealed> {
  const iv = randomBytes(12);
  return { iv, bytes: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, bytes) };
}

function unseal(key: CryptoKey, { iv, bytes }: Sealed): Promise<ArrayBuffer> {
  return crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, bytes);
}

async function verified(
  salt: Uint8Array<ArrayBuffer>,
  credential?: Uint8Array<ArrayBuffer>,
): Promise<{ credential: Uint8Array<ArrayBuffer>; key: CryptoKey }> {
  try {
    const answer = await passkeySecret(salt, credential);
    if (!answer.secret) throw new Problem('passkey_cannot_guard');
    return { credential: answer.credential, key: await cipherKey(answer.secret, purposes.guard) };
  } catch (error) {
    if (error instanceof PasskeyError) throw new Problem(`passkey_${error.kind}`);
    throw error;
  }
}

/** Makes a guard. Takes the holder's passkey, once, and only one that can keep a secret will do. */
export async function newGuard(): Promise<Guard> {
  const salt = randomBytes(32);
  const { credential, key } = await verified(salt);
  const pair = await crypto.subtle.generateKey(curve, true, ['deriveBits']);
  const sealed = await seal(key, await crypto.subtle.exportKey('pkcs8', pair.privateKey));
  return { credential, salt, publicKey: pair.publicKey, sealed };
}

/** Takes a copy's private key out of reach of this page. */
export async function guardKey(guard: Guard, privateKey: CryptoKey): Promise<GuardedKey> {
  const pair = await crypto.subtle.generateKey(curve, false, ['deriveBits']);
  const key = await agreed(pair.privateKey, guard.publicKey);
  const sealed = await seal(key, await crypto.subtle.exportKey('pkcs8', privateKey));
  return { ...sealed, ephemeral: pair.publicKey };
}

/** Asks for the holder's passkey; what comes back opens keys until it is dropped. */
export async function openGuard(guard: Guard): Promise<(key: GuardedKey) => Promise<CryptoKey>> {
  const { key } = await verified(guard.salt, guard.credential);
  const own = await crypto.subtle
    .importKey('pkcs8', await unseal(key, guard.sealed), curve, false, ['deriveBits'])
    .catch(() => {
      throw new Problem('passkey_cannot_guard');
    });
  return async (guarded) =>
    crypto.subtle.importKey(
      'pkcs8',
      await unseal(await agreed(own, guarded.ephemeral), guarded),
      signing,
      false,
      ['sign'],
    );
}
