// OpenID4VCI 1.0 through @openid4vc/openid4vci: an offer becomes a batch of copies.
import assert from 'node:assert/strict';
import { Oauth2Client } from '@openid4vc/oauth2';
import { Openid4vciClient } from '@openid4vc/openid4vci';
import { randomUUID } from 'node:crypto';
import { callbacks, jwkSigner, newKey, signJwt } from './keys.mjs';

const vciClient = (client, keys = []) =>
  new Openid4vciClient({ callbacks: callbacks([client.instanceKey, client.dpopKey, ...keys], client.attestation) });

/** The error code that a request ends with; it must not succeed. */
export async function errorOf(request) {
  let error;
  await assert.rejects(request, (thrown) => ((error = thrown), true));
  const code =
    error.errorResponse?.error ??
    error.response?.credentialErrorResponseResult?.data?.error ??
    error.response?.wwwAuthenticate?.[0]?.error;
  assert.ok(code, `an error without a code: ${error.message}`);
  return code;
}

/** Redeems an offer: metadata and the first token. */
export async function redeem(offer, client) {
  const vci = vciClient(client);
  const credentialOffer = await vci.resolveCredentialOffer(offer);
  const issuerMetadata = await vci.resolveIssuerMetadata(credentialOffer.credential_issuer);
  assert.equal(issuerMetadata.originalDraftVersion, 'V1', 'the metadata is that of OpenID4VCI 1.0');
  const redeem = () =>
    vci.retrievePreAuthorizedCodeAccessTokenFromOffer({
      credentialOffer,
      issuerMetadata,
      dpop: { signer: jwkSigner(client.dpopKey) },
    });
  const token = await redeem();
  assert.equal(token.accessTokenResponse.token_type.toLowerCase(), 'dpop');
  // The code was good once.
  assert.equal(await errorOf(redeem()), 'invalid_grant');
  return { credentialOffer, issuerMetadata, token };
}

/** Fetches a batch of copies with a token; the key proofs may name the client, or not. */
export async function fetchCopies({ credentialOffer, issuerMetadata, token }, client, wanted, clientId = undefined) {
  const size = Math.min(wanted, issuerMetadata.credentialIssuer.batch_credential_issuance?.batch_size ?? 1);
  const keys = await Promise.all(Array.from({ length: size }, newKey));
  const spare = await newKey();
  const vci = vciClient(client, [...keys, spare]);
  const [credentialConfigurationId] = credentialOffer.credential_configuration_ids;
  const { c_nonce: nonce } = await vci.requestNonce({ issuerMetadata });
  const prove = async (some) => {
    const proofs = some.map((key) =>
      vci.createCredentialRequestJwtProof({
        issuerMetadata,
        credentialConfigurationId,
        nonce,
        clientId,
        signer: jwkSigner(key),
      }),
    );
    return { jwt: (await Promise.all(proofs)).map(({ jwt }) => jwt) };
  };
  const request = async (proofs) =>
    vci.retrieveCredentials({
      issuerMetadata,
      credentialConfigurationId,
      accessToken: token.accessTokenResponse.access_token,
      proofs,
      dpop: { signer: jwkSigner(client.dpopKey), nonce: token.dpop?.nonce },
    });
  const { credentialResponse } = await request(await prove(keys));
  const copies = credentialResponse.credentials.map(({ credential }, place) => ({ credential, key: keys[place] }));
  assert.equal(copies.length, size, 'as many copies as keys');
  return { copies, again: async () => request(await prove([spare])) };
}

/** Trades the refresh token for the next access token. */
export async function refresh({ issuerMetadata, token }, client) {
  const oauth = new Oauth2Client({ callbacks: callbacks([client.instanceKey, client.dpopKey], client.attestation) });
  return oauth.retrieveRefreshTokenAccessToken({
    authorizationServerMetadata: issuerMetadata.authorizationServers[0],
    refreshToken: token.accessTokenResponse.refresh_token,
    dpop: { signer: jwkSigner(client.dpopKey) },
  });
}

/** The same with everything of the wallet's but its instance key; the error that it gets. */
export async function refreshAsThief({ issuerMetadata, token }, client, key) {
  const [{ issuer, token_endpoint: url }] = issuerMetadata.authorizationServers;
  const iat = Math.floor(Date.now() / 1000);
  const jti = randomUUID();
  const proof = (typ, signer, claims, header = {}) => signJwt(signer, { typ, ...header }, { iat, jti, ...claims });
  const pop = { iss: 'tanda-wallet', aud: issuer };
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'OAuth-Client-Attestation': client.attestation,
      'OAuth-Client-Attestation-PoP': await proof('oauth-client-attestation-pop+jwt', key, pop),
      DPoP: await proof('dpop+jwt', client.dpopKey, { htm: 'POST', htu: url }, { jwk: client.dpopKey.jwk }),
    },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token.accessTokenResponse.refresh_token }),
  });
  assert.ok(!response.ok, 'a thief is refused');
  return (await response.json()).error;
}
