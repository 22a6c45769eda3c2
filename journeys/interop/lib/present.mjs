// OpenID4VP 1.0 through @openid4vc/openid4vp: a desk's request is answered with one copy.
import assert from 'node:assert/strict';
import { X509Certificate, randomBytes } from 'node:crypto';
import { Openid4vpClient } from '@openid4vc/openid4vp';
import { CookieJar, call, send } from './http.mjs';
import { base64url, callbacks, verifierOf } from './keys.mjs';
import { instance } from './check.mjs';

/** A desk with somebody on shift. */
export async function openDesk(verifier, relyingParty, accessCode, staff, pin) {
  const jar = new CookieJar();
  await call(`${verifier}/desk/enrol`, { body: { relying_party: relyingParty, access_code: accessCode }, jar });
  await call(`${verifier}/desk/sign-in`, { body: { staff, pin }, jar });
  return {
    ask: (body) => call(`${verifier}/desk/requests`, { body, jar }),
    tryToAsk: (body) => send(`${verifier}/desk/requests`, { body, jar }),
    state: (id) => call(`${verifier}/desk/requests/${id}`, { method: 'GET', jar }),
  };
}

/** Fetches and checks the signed request behind an openid4vp link. */
export async function resolveRequest(link) {
  const parameters = Object.fromEntries(new URL(link).searchParams);
  const walletNonce = base64url(randomBytes(16));
  const client = new Openid4vpClient({
    callbacks: {
      ...callbacks(),
      // 0.4.6 leaves wallet_nonce out of the form, so it is put in here.
      fetch: (url, init) =>
        String(url) === parameters.request_uri && init?.method?.toLowerCase() === 'post'
          ? fetch(url, { ...init, body: new URLSearchParams({ wallet_nonce: walletNonce }).toString() })
          : fetch(url, init),
      getX509CertificateMetadata: () => ({ sanDnsNames: [], sanUriNames: [] }),
      verifyJwt: async (signer, { compact }) => {
        assert.equal(signer.method, 'x5c');
        const leaf = new X509Certificate(Buffer.from(signer.x5c[0], 'base64'));
        const signerJwk = leaf.publicKey.export({ format: 'jwk' });
        const at = compact.lastIndexOf('.');
        return { verified: await verifierOf(signerJwk)(compact.slice(0, at), compact.slice(at + 1)), signerJwk };
      },
    },
  });
  const resolved = await client.resolveOpenId4vpAuthorizationRequest({
    authorizationRequestPayload: parameters,
    wallet: parameters.request_uri_method === 'post' ? { expectedNonce: walletNonce } : {},
  });
  assert.equal(resolved.client.prefix, 'x509_hash');
  assert.equal(resolved.authorizationRequestPayload.response_mode, 'direct_post.jwt');
  assert.ok(resolved.dcql?.query, 'the request is a DCQL query');
  return { client, resolved };
}

/** A claims path pointer as an @sd-jwt presentation frame. */
function frameOf(paths) {
  const frame = {};
  for (const path of paths) {
    let at = frame;
    for (const step of path.slice(0, -1)) at = at[step] = typeof at[step] === 'object' ? at[step] : {};
    at[path.at(-1)] ??= true;
  }
  return frame;
}

/** Presents one copy with what is asked and no more. `change` may spoil the token for a test. */
export async function answer({ client, resolved }, { credential, key }, anchors, change = (token) => token) {
  const request = resolved.authorizationRequestPayload;
  const [query] = resolved.dcql.query.credentials;
  const paths = query.claims.map(({ path }) => path);
  const token = await instance(credential, anchors, key).present(credential, frameOf(paths), {
    kb: { payload: { aud: request.client_id, nonce: request.nonce, iat: Math.floor(Date.now() / 1000) } },
  });
  const { authorizationResponsePayload, jarm } = await client.createOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: request,
    authorizationResponsePayload: { vp_token: { [query.id]: [await change(token)] } },
    jarm: {
      encryption: { nonce: base64url(randomBytes(16)) },
      serverMetadata: {
        authorization_signing_alg_values_supported: [],
        authorization_encryption_alg_values_supported: ['ECDH-ES'],
        authorization_encryption_enc_values_supported: ['A256GCM', 'A128GCM'],
      },
    },
  });
  const { response } = await client.submitOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: request,
    authorizationResponsePayload,
    jarm: { responseJwt: jarm.responseJwt },
  });
  return { response, paths };
}

/** Waits for the desk's verdict. */
export async function verdictOf(desk, id) {
  for (let round = 0; round < 100; round += 1) {
    const { state, verdict } = await desk.state(id);
    if (state === 'verdict') return verdict;
    assert.ok(['waiting', 'opened'].includes(state), `the request is ${state}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
  throw new Error('no verdict within five seconds');
}
