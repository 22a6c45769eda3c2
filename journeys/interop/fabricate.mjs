#!/usr/bin/env node
// Makes, by @sd-jwt/* and @openid4vc/*, what our crates must take: a credential, a presentation, a
// status list, a wallet attestation with its proof of possession, DPoP proofs and key proofs.
// The test `npm_messages` of tanda-protocol reads the file; TANDA_NPM_MESSAGES names another one
// than the one in the repository.
//
//   node fabricate.mjs FILE
import { KeyObject } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { Oauth2Client, createClientAttestationJwt, setGlobalConfig } from '@openid4vc/oauth2';
import { Openid4vciClient } from '@openid4vc/openid4vci';
import { StatusList, createHeaderAndPayload } from '@sd-jwt/jwt-status-list';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import { certificate } from './lib/certificate.mjs';
import { base64url, callbacks, jwkSigner, newKey, sha256, signJwt, signerOf } from './lib/keys.mjs';

setGlobalConfig({ allowInsecureUrls: true });
const [file] = process.argv.slice(2);
if (!file) throw new Error('name the file to write');

const now = new Date();
const seconds = Math.floor(now.getTime() / 1000);
const year = 365 * 86_400 * 1000;
const authority = 'https://authority.example';
const provider = 'https://provider.example';
const uri = `${authority}/status-lists/7`;

/** A key under a certificate of an authority of its own. */
async function certified(subject, identifier) {
  const [root, key] = [await newKey(), await newKey()];
  const node = (half) => KeyObject.from(half);
  const validity = { from: new Date(now.getTime() - 86_400_000), until: new Date(now.getTime() + 20 * year) };
  const issuer = { name: `${subject} root`, privateKey: node(root.privateKey) };
  const anchor = certificate({ subject: issuer.name, publicKey: node(root.publicKey), issuer, ...validity });
  const leaf = certificate({ subject, publicKey: node(key.publicKey), issuer, uri: identifier, ...validity });
  return { key, x5c: [leaf.toString('base64')], anchor: anchor.toString('base64') };
}

const [state, wallet] = [await certified('Authority', authority), await certified('Provider', provider)];
const holder = await newKey();
const issuing = new SDJwtVcInstance({
  signer: signerOf(state.key),
  signAlg: 'ES256',
  hasher: (data) => sha256(data),
  hashAlg: 'sha-256',
  saltGenerator: (length) => base64url(crypto.getRandomValues(new Uint8Array(length))),
  kbSigner: signerOf(holder),
  kbSignAlg: 'ES256',
});
const claims = {
  family_name: 'Chen',
  given_name: 'Mei',
  birthdate: '1990-01-02',
  nationalities: ['CN'],
  age_equal_or_over: { 16: true, 18: true, 21: true },
};
const credential = await issuing.issue(
  {
    iss: authority,
    vct: 'urn:tanda:card:light:1',
    iat: seconds - (seconds % 86_400),
    exp: seconds + 10 * (year / 1000),
    cnf: { jwk: holder.jwk },
    status: { status_list: { idx: 5, uri } },
    ...claims,
  },
  {
    _sd: ['family_name', 'given_name', 'birthdate', 'nationalities', 'age_equal_or_over'],
    nationalities: { _sd: [0] },
    age_equal_or_over: { _sd: ['16', '18', '21'], _sd_decoy: 2 },
  },
  { header: { x5c: state.x5c } },
);
const [audience, nonce] = ['x509_hash:abc', base64url(crypto.getRandomValues(new Uint8Array(16)))];
const presentation = await issuing.present(
  credential,
  { family_name: true, age_equal_or_over: { 18: true } },
  { kb: { payload: { aud: audience, nonce, iat: seconds } } },
);

const statuses = Array.from({ length: 1024 }, (_, index) => [0, 1, 2, 0, 0, 2, 1][index % 7]);
const list = createHeaderAndPayload(
  new StatusList(statuses, 2),
  { iss: authority, sub: uri, iat: seconds, exp: seconds + 300, ttl: 15 },
  { alg: 'ES256', typ: 'statuslist+jwt', x5c: state.x5c },
);
const statusList = await signJwt(state.key, list.header, list.payload);

const instanceKey = await newKey();
const attestation = await createClientAttestationJwt({
  issuer: provider,
  clientId: 'tanda-wallet',
  issuedAt: now,
  expiresAt: new Date(now.getTime() + 3_600_000),
  confirmation: { jwk: instanceKey.jwk },
  additionalPayload: { account: 'pairwise' },
  signer: { method: 'x5c', alg: 'ES256', x5c: wallet.x5c },
  callbacks: {
    signJwt: async (_, { header, payload }) => ({ jwt: await signJwt(wallet.key, header, payload), signerJwk: wallet.key.jwk }),
  },
});
const dpopKey = await newKey();
const accessToken = base64url(crypto.getRandomValues(new Uint8Array(32)));
/** What a client sends to an endpoint, caught before it leaves. */
async function caught(send) {
  let sent;
  const fetch = async (url, init) => {
    sent = { url: String(url), headers: Object.fromEntries(new Headers(init.headers)), body: String(init.body) };
    return Response.json({ error: 'invalid_request' }, { status: 400 });
  };
  await send(fetch).catch(() => {});
  return sent;
}
const authorizationServer = { issuer: authority, token_endpoint: `${authority}/oauth/token` };
const token = await caught((fetch) =>
  new Oauth2Client({
    callbacks: { ...callbacks([instanceKey, dpopKey], attestation), fetch },
  }).retrievePreAuthorizedCodeAccessToken({
    authorizationServerMetadata: authorizationServer,
    preAuthorizedCode: 'oaKazRN8I0IbtZ0C7JuMn5',
    txCode: '493536',
    resource: authority,
    dpop: { signer: jwkSigner(dpopKey) },
  }),
);

const keys = [holder, await newKey(), await newKey()];
const issuerMetadata = {
  originalDraftVersion: 'V1',
  credentialIssuer: {
    credential_issuer: authority,
    credential_endpoint: `${authority}/openid4vci/credential`,
    batch_credential_issuance: { batch_size: 10 },
    credential_configurations_supported: {
      card: {
        format: 'dc+sd-jwt',
        vct: 'urn:tanda:card:light:1',
        cryptographic_binding_methods_supported: ['jwk'],
        proof_types_supported: { jwt: { proof_signing_alg_values_supported: ['ES256'] } },
        credential_metadata: { display: [{ name: 'Card' }] },
      },
    },
  },
  authorizationServers: [authorizationServer],
};
issuerMetadata.knownCredentialConfigurations = issuerMetadata.credentialIssuer.credential_configurations_supported;
const request = await caught(async (fetch) => {
  const vci = new Openid4vciClient({ callbacks: { ...callbacks([dpopKey, ...keys]), fetch } });
  const proofs = keys.map((key) =>
    vci.createCredentialRequestJwtProof({
      issuerMetadata,
      credentialConfigurationId: 'card',
      nonce: 'LarRGSbmUPYtRYO6BQ4yn8',
      clientId: 'tanda-wallet',
      issuedAt: now,
      signer: jwkSigner(key),
    }),
  );
  return vci.retrieveCredentials({
    issuerMetadata,
    credentialConfigurationId: 'card',
    accessToken,
    proofs: { jwt: (await Promise.all(proofs)).map(({ jwt }) => jwt) },
    dpop: { signer: jwkSigner(dpopKey), nonce: 'dpop-nonce' },
  });
});

const messages = {
  made_by: '@sd-jwt 0.19.0 and @openid4vc 0.4.6',
  now: seconds,
  authority: { id: authority, anchor: state.anchor },
  provider: { id: provider, anchor: wallet.anchor },
  claims,
  holder: holder.jwk,
  credential,
  presentation: { token: presentation, audience, nonce },
  status_list: { uri, token: statusList, statuses: statuses.slice(0, 14) },
  instance_key: instanceKey.jwk,
  dpop_key: dpopKey.jwk,
  access_token: accessToken,
  token_request: token,
  credential_request: request,
  proof_keys: keys.map(({ jwk }) => jwk),
};
await writeFile(file, `${JSON.stringify(messages, undefined, 2)}\n`);
