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

async function credential(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  if (!passkeysWork()) throw new PasskeyError('unsupported');
  let given: Credential | null;
  try {
    given = await ask();
  } catch (error) {
    const name = error instanceof DOMException ? error.name : '';
    throw new PasskeyError(name === 'NotAllowedError' || name === 'AbortError' ? 'cancelled' : 'unsupported');
  }
  if (!(given instanceof PublicKeyCredential)) throw new PasskeyError('cancelled');
  return given;
}

/** What to answer. What a passkey keeps for this page alone (`prf`) is no server's business. */
async function answer(ask: () => Promise<Credential | null>): Promise<unknown> {
  const given = (await credential(ask)).toJSON();
  Reflect.deleteProperty(given.clientExtensionResults, 'prf');
  return given;
}

/** Makes a passkey for a server's challenge (WebAuthn Level 3, section 5.1.8), and gives what to answer. */
export function makePasskey(challenge: { publicKey?: unknown }): Promise<unknown> {
  const options = challenge.publicKey as PublicKeyCredentialCreationOptionsJSON;
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  // Some authenticators keep secrets only for passkeys that were made for it.
  publicKey.extensions = { ...publicKey.extensions, prf: {} };
  return answer(() => navigator.credentials.create({ publicKey }));
}

/** Signs a server's challenge with a passkey (section 5.1.10), and gives what to answer. */
export function usePasskey(challenge: { publicKey?: unknown }): Promise<unknown> {
  const options = challenge.publicKey as PublicKeyCredentialRequestOptionsJSON;
  return answer(() =>
    navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }),
  );
}

/**
 * Asks for a passkey here, past any server, with its holder verified, and for the secret that it has for `salt`
 * (section 10.1.4). There is none from a passkey that keeps no secrets.
 */
export async function passkeySecret(
  salt: BufferSource,
  allowed?: BufferSource,
): Promise<{ credential: Uint8Array<ArrayBuffer>; secret: BufferSource | undefined }> {
  const publicKey: PublicKeyCredentialRequestOptions = {
    // Nobody checks the signature: what counts is the secret, which takes the same gesture.
    challenge: crypto.getRandomValues(new Uint8Array(32)),
    userVerification: 'required',
    extensions: { prf: { eval: { first: salt } } },
    ...(allowed ? { allowCredentials: [{ type: 'public-key', id: allowed }] } : {}),
  };
  const given = await credential(() => navigator.credentials.get({ publicKey }));
  const secret = given.getClientExtensionResults().prf?.results?.first;
  return { credential: new Uint8Array(given.rawId), secret };
}
