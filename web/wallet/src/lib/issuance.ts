import {
  Openid4vciClient,
  Openid4vciRetrieveCredentialsError,
  type IssuerMetadataResult,
} from '@openid4vc/openid4vci';
import {
  Oauth2Client,
  Oauth2ClientErrorResponseError,
  getAuthorizationServerMetadataFromList,
} from '@openid4vc/oauth2';
import { levelOf, type Level } from './dcql';
import { newKey, sealKey, type HeldKey } from './keys';
import { attestedClient, callbacks, signerOf, type Client } from './oauth';
import { asProblem, Problem } from './problem';
import { checkReceived, type Received } from './sd-jwt';
import { copiesLeft, forget, keep, keepCard, recall, type Copy, type Renewal } from './store';
import type { TrustList } from './trust-list';

/** Copies asked for at once; the issuer may give fewer. */
const batch = 10;
/** With so few copies left the wallet fetches new ones when it can. */
export const low = 3;

/** Asks for a batch, one new key a copy, all proven with one nonce (OpenID4VCI 1.0 section 8.2). */
async function fetchCopies(
  client: Client,
  metadata: IssuerMetadataResult,
  configuration: string,
  accessToken: string,
  dpopNonce: string | undefined,
  trust: TrustList,
): Promise<{ copies: Copy[]; first: Received }> {
  const offered = metadata.credentialIssuer.batch_credential_issuance?.batch_size ?? 1;
  const described = metadata.credentialIssuer.credential_configurations_supported[configuration];
  const guard = levelOf(String(described?.['vct'])) === 'full' ? await recall('guard') : undefined;
  const full = guard !== undefined;
  const keys = await Promise.all(Array.from({ length: Math.min(batch, offered) }, () => newKey(full)));
  const vci = new Openid4vciClient({
    callbacks: callbacks([client.instanceKey, client.dpopKey, ...keys], client.attestation),
  });
  const { c_nonce: nonce } = await vci.requestNonce({ issuerMetadata: metadata });
  const proofs = await Promise.all(
    keys.map((key) =>
      vci.createCredentialRequestJwtProof({
        issuerMetadata: metadata,
        credentialConfigurationId: configuration,
        nonce,
        signer: signerOf(key),
      }),
    ),
  );
  const [firstProof, ...otherProofs] = proofs.map(({ jwt }) => jwt);
  if (firstProof === undefined) throw new Problem('unexpected');
  const { credentialResponse } = await vci.retrieveCredentials({
    issuerMetadata: metadata,
    credentialConfigurationId: configuration,
    accessToken,
    proofs: { jwt: [firstProof, ...otherProofs] },
    dpop: { signer: signerOf(client.dpopKey), ...(dpopNonce ? { nonce: dpopNonce } : {}) },
  });
  const credentials = credentialResponse.credentials ?? [];
  if (credentials.length === 0 || credentials.length > keys.length) throw new Problem('card_not_genuine');
  const now = new Date();
  const checked = await Promise.all(
    credentials.map(async (entry, place) => {
      const token = typeof entry === 'string' ? entry : (entry as { credential?: unknown }).credential;
      const key = keys[place] as HeldKey;
      if (typeof token !== 'string') throw new Problem('card_not_genuine');
      const received = await checkReceived(token, key, trust.issuers, now);
      if (received.issuer.id !== metadata.credentialIssuer.credential_issuer)
        throw new Problem('card_not_genuine');
      // A full card is kept under the holder's passkey, or not at all.
      if (received.level === 'full' && !guard) throw new Problem('passkey_cannot_guard');
      const kept = guard ? await sealKey(guard, key) : key;
      return {
        copy: { token, key: kept, usedAt: undefined, expires: received.expires } satisfies Copy,
        received,
      };
    }),
  );
  const [one] = checked;
  if (!one) throw new Problem('card_not_genuine');
  return { copies: checked.map(({ copy }) => copy), first: one.received };
}

async function store(
  copies: Copy[],
  first: Received,
  configuration: string,
  renewal: Renewal | undefined,
): Promise<void> {
  await keepCard(
    {
      issuer: first.issuer.id,
      issuerName: first.issuer.name,
      configuration,
      level: first.level,
      vct: first.vct,
      claims: first.claims,
      receivedAt: Date.now(),
      state: 'live',
    },
    copies,
    renewal,
  );
}

function resolveOffer(offer: string) {
  return new Openid4vciClient({ callbacks: callbacks([], '') }).resolveCredentialOffer(offer);
}

/** Redeems a credential offer: token, nonce, proofs, copies; then the card is in the wallet. */
export async function receive(offer: string, trust: TrustList): Promise<void> {
  try {
    await redeem(offer, trust);
  } catch (error) {
    throw issuanceProblem(error);
  }
}

/** The libraries wrap what happened on the way; this unwraps it. */
function issuanceProblem(error: unknown): Problem {
  if (error instanceof Openid4vciRetrieveCredentialsError && error.response.response.status >= 500)
    return new Problem('service_down');
  return asProblem(error);
}

async function redeem(offer: string, trust: TrustList): Promise<void> {
  const credentialOffer = await resolveOffer(offer);
  // Only a listed issuer learns anything of this wallet.
  if (!trust.issuers.some((issuer) => issuer.id === credentialOffer.credential_issuer))
    throw new Problem('card_not_genuine');
  const client = await attestedClient(credentialOffer.credential_issuer);
  const vci = new Openid4vciClient({
    callbacks: callbacks([client.instanceKey, client.dpopKey], client.attestation),
  });
  const metadata = await vci.resolveIssuerMetadata(credentialOffer.credential_issuer);
  const [configuration] = credentialOffer.credential_configuration_ids;
  if (configuration === undefined) throw new Problem('card_not_genuine');
  const token = await spend(
    vci.retrievePreAuthorizedCodeAccessTokenFromOffer({
      credentialOffer,
      issuerMetadata: metadata,
      dpop: { signer: signerOf(client.dpopKey) },
    }),
    'offer_used',
  );
  const { access_token: accessToken, refresh_token: refreshToken } = token.accessTokenResponse;
  const renewal = refreshToken
    ? { refreshToken, issuer: credentialOffer.credential_issuer, configuration }
    : undefined;
  // Kept before the copies arrive: if this page is closed now, the next start fetches them with it.
  if (renewal) await keep('expected', renewal);
  try {
    const { copies, first } = await fetchCopies(
      client,
      metadata,
      configuration,
      accessToken,
      token.dpop?.nonce,
      trust,
    );
    await store(copies, first, configuration, renewal);
  } catch (error) {
    await dropIfDenied(error);
    throw error;
  }
}

/** A used, expired or revoked grant has a sentence of its own. */
async function spend<T>(request: Promise<T>, kind: 'offer_used' | 'card_ended'): Promise<T> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof Oauth2ClientErrorResponseError && error.errorResponse.error === 'invalid_grant')
      throw new Problem(kind);
    throw asProblem(error);
  }
}

/** Fetches a fresh batch of copies for the card that is here. */
export async function renew(trust: TrustList): Promise<void> {
  const renewal = await recall('renewal');
  if (!renewal) throw new Problem('no_copies');
  try {
    await refresh(renewal, 'renewal', trust);
  } catch (error) {
    throw issuanceProblem(error);
  }
}

/** Goes on where {@link receive} was broken off: fetches the card that was granted. */
export async function receiveExpected(trust: TrustList): Promise<void> {
  const expected = await recall('expected');
  if (!expected) throw new Problem('no_copies');
  try {
    await refresh(expected, 'expected', trust);
  } catch (error) {
    const problem = issuanceProblem(error);
    if (problem.kind === 'card_ended') await forget('expected');
    throw problem;
  }
}

async function refresh(renewal: Renewal, kept: 'renewal' | 'expected', trust: TrustList): Promise<void> {
  const client = await attestedClient(renewal.issuer);
  const shared = callbacks([client.instanceKey, client.dpopKey], client.attestation);
  const metadata = await new Openid4vciClient({ callbacks: shared }).resolveIssuerMetadata(renewal.issuer);
  const server = metadata.credentialIssuer.authorization_servers?.[0] ?? renewal.issuer;
  const dpop = { signer: signerOf(client.dpopKey) };
  let token;
  try {
    token = await spend(
      new Oauth2Client({ callbacks: shared }).retrieveRefreshTokenAccessToken({
        authorizationServerMetadata: getAuthorizationServerMetadataFromList(
          metadata.authorizationServers,
          server,
        ),
        refreshToken: renewal.refreshToken,
        resource: renewal.issuer,
        dpop,
      }),
      'card_ended',
    );
  } catch (error) {
    if (kept === 'renewal') await endIfOver(error);
    throw error;
  }
  const { access_token: accessToken, refresh_token: refreshToken } = token.accessTokenResponse;
  const next = { ...renewal, refreshToken: refreshToken ?? renewal.refreshToken };
  await keep(kept, next);
  try {
    const fetched = await fetchCopies(
      client,
      metadata,
      renewal.configuration,
      accessToken,
      token.dpop?.nonce,
      trust,
    );
    await store(fetched.copies, fetched.first, renewal.configuration, next);
  } catch (error) {
    if (isDenied(error)) throw new Problem('card_ended');
    throw error;
  }
}

/** The authority gives no card, and won't for the same token: nothing is expected any more. */
async function dropIfDenied(error: unknown): Promise<void> {
  if (isDenied(error)) await forget('expected');
}

function isDenied(error: unknown): boolean {
  return error instanceof Openid4vciRetrieveCredentialsError && error.response.response.status === 400;
}

async function endIfOver(error: unknown): Promise<void> {
  if (!(error instanceof Problem) || error.kind !== 'card_ended') return;
  const card = await recall('card');
  if (card) await keep('card', { ...card, state: 'ended' });
}

/**
 * Fetches the card of another level in the place of the one that is here: the authority has let a full card fall back
 * to a light one, and the wallet's renewal is good for that.
 */
export async function changeLevel(trust: TrustList, level: Level): Promise<void> {
  const renewal = await recall('renewal');
  if (!renewal) throw new Problem('card_ended');
  const { credentialIssuer } = await new Openid4vciClient({
    callbacks: callbacks([], ''),
  }).resolveIssuerMetadata(renewal.issuer);
  const configurations = Object.entries(credentialIssuer.credential_configurations_supported);
  const found = configurations.find(([, described]) => levelOf(String(described['vct'])) === level);
  if (!found) throw new Problem('card_not_genuine');
  await keep('renewal', { ...renewal, configuration: found[0] });
  await renew(trust);
}

/** Fetches copies when few are left; a failure is no trouble as long as some are. */
export async function renewIfLow(trust: TrustList): Promise<void> {
  if ((await copiesLeft(Date.now())) > low) return;
  await renew(trust);
}
