import { makePasskey, PasskeyError, passkeysWork, usePasskey } from '@tanda/ui/passkey';
import { generalProblem, problemOf, readJson, send } from './http';
import { fields, list, localText, text } from './read';
import { Problem } from './problem';
import type { PublicJwk } from './keys';

/** The provider, which serves this page: the account, the wallet's attestation and where everything else is. */
export interface WalletConfig {
  clientId: string;
  authorities: { issuer: string; name: Record<string, string> }[];
  trustList: string;
  trustAnchor: string;
}

async function call(path: string, body?: unknown): Promise<unknown> {
  const init: RequestInit =
    body === undefined
      ? { credentials: 'same-origin' }
      : {
          method: 'POST',
          credentials: 'same-origin',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(body),
        };
  const response = await send(path, init);
  if (response.ok) return response.status === 204 ? undefined : readJson(response);
  const document = await problemOf(response);
  if (response.status === 401) throw new Problem('signed_out');
  throw generalProblem(response, document);
}

function localNames(value: unknown): Record<string, string> {
  return typeof value === 'string' ? { en: value } : localText(value, 'name');
}

export async function walletConfig(): Promise<WalletConfig> {
  const config = fields(await call('/wallet/config'), 'config');
  return {
    clientId: text(config['client_id'], 'client_id'),
    authorities: list(config['authorities'], 'authorities').map((entry) => {
      const authority = fields(entry, 'authority');
      return { issuer: text(authority['issuer'], 'issuer'), name: localNames(authority['name']) };
    }),
    trustList: text(config['trust_list'], 'trust_list'),
    trustAnchor: text(config['trust_anchor'], 'trust_anchor'),
  };
}

/** Whether this browser is signed in. */
export async function signedIn(): Promise<boolean> {
  try {
    await call('/account');
    return true;
  } catch (error) {
    if (error instanceof Problem && error.kind === 'signed_out') return false;
    throw error;
  }
}

function passkeyProblem(error: unknown): unknown {
  return error instanceof PasskeyError ? new Problem(`passkey_${error.kind}`) : error;
}

export async function createAccount(displayName: string): Promise<void> {
  if (!passkeysWork()) throw new Problem('passkey_unsupported');
  const start = fields(await call('/account/registration/start', { display_name: displayName }), 'creation');
  const credential = await makePasskey(start).catch((error: unknown) => {
    throw passkeyProblem(error);
  });
  await call('/account/registration/finish', { credential });
}

export async function signIn(): Promise<void> {
  if (!passkeysWork()) throw new Problem('passkey_unsupported');
  const start = fields(await call('/account/authentication/start', {}), 'request');
  const credential = await usePasskey(start).catch((error: unknown) => {
    throw passkeyProblem(error);
  });
  await call('/account/authentication/finish', { credential });
}

export async function signOut(): Promise<void> {
  await call('/account/sign-out', {});
}

/** Deletes the account that this browser is signed in to: no passkey opens it any more. */
export async function deleteAccount(): Promise<void> {
  await call('/account/delete', {});
}

/** The provider's word to one authority that this is its wallet, bound to the instance key. */
export async function attest(jwk: PublicJwk, authority: string): Promise<string> {
  const answer = fields(await call('/wallet/attestation', { jwk, authority }), 'attestation');
  return text(answer['attestation'], 'attestation');
}
