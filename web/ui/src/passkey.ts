/** Why the browser brought no passkey. Browsers answer "cancelled", "timed out" and "no such passkey" alike. */
export class PasskeyError extends Error {
  constructor(readonly kind: 'cancelled' | 'unsupported') {
    super(kind);
    this.name = 'PasskeyError';
  }
}

export function passkeysWork(): boolean {
  return typeof PublicKeyCredential === 'function' && 'parseCreationOptionsFromJSON' in PublicKeyCredential;
}

async function answer(ask: () => Promise<Credential | null>): Promise<unknown> {
  if (!passkeysWork()) throw new PasskeyError('unsupported');
  let credential: Credential | null;
  try {
    credential = await ask();
  } catch (error) {
    const name = error instanceof DOMException ? error.name : '';
    throw new PasskeyError(name === 'NotAllowedError' || name === 'AbortError' ? 'cancelled' : 'unsupported');
  }
  if (!(credential instanceof PublicKeyCredential)) throw new PasskeyError('cancelled');
  return credential.toJSON();
}

/** Makes a passkey for a server's challenge (WebAuthn Level 3, section 5.1.8), and gives what to answer. */
export function makePasskey(challenge: { publicKey?: unknown }): Promise<unknown> {
  const options = challenge.publicKey as PublicKeyCredentialCreationOptionsJSON;
  return answer(() =>
    navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
  );
}

/** Signs a server's challenge with a passkey (section 5.1.10), and gives what to answer. */
export function usePasskey(challenge: { publicKey?: unknown }): Promise<unknown> {
  const options = challenge.publicKey as PublicKeyCredentialRequestOptionsJSON;
  return answer(() =>
    navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }),
  );
}
