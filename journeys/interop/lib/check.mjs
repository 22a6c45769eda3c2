// Our credentials and status lists, read by @sd-jwt/* and by Node's own X.509.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import { getListFromStatusListJWT, getStatusListFromJWT } from '@sd-jwt/jwt-status-list';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { base64url, sha256, signerOf, verifierOf } from './keys.mjs';

/** A random salt, as base64url text. */
const saltGenerator = (length) => base64url(crypto.getRandomValues(new Uint8Array(length)));

/** The key in the first certificate of a token's header, once the chain leads to an anchor. */
function keyOf(token, anchors) {
  const { x5c, alg } = decodeProtectedHeader(token.split('~')[0]);
  assert.equal(alg, 'ES256');
  const chain = x5c.map((certificate) => new X509Certificate(Buffer.from(certificate, 'base64')));
  for (const [below, certificate] of chain.entries()) {
    const above = chain[below + 1] ? [chain[below + 1]] : anchors;
    assert.ok(
      above.some((issuer) => certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)),
      'the certificate chain leads to the anchor',
    );
  }
  return chain[0].publicKey.export({ format: 'jwk' });
}

/** An @sd-jwt instance for one credential: checks and, with the holder's key, presents. */
export function instance(token, anchors, holder) {
  return new SDJwtVcInstance({
    hasher: (data) => sha256(data),
    hashAlg: 'sha-256',
    saltGenerator,
    verifier: verifierOf(keyOf(token, anchors)),
    statusListFetcher: async (uri) => {
      const response = await fetch(uri, { headers: { Accept: 'application/statuslist+jwt' } });
      assert.equal(response.status, 200);
      assert.match(response.headers.get('content-type'), /^application\/statuslist\+jwt/);
      return response.text();
    },
    statusVerifier: (data, signature) => verifierOf(keyOf(`${data}.${signature}`, anchors))(data, signature),
    ...(holder ? { kbSigner: signerOf(holder), kbSignAlg: 'ES256' } : {}),
  });
}

/** Checks one copy on receipt: signature, disclosures, status, holder key, type. */
export async function checkCredential({ credential, key }, anchors) {
  const { payload } = await instance(credential, anchors).verify(credential, { skewSeconds: 60 });
  assert.equal(decodeProtectedHeader(credential.split('~')[0]).typ, 'dc+sd-jwt');
  assert.deepEqual(payload.cnf.jwk, key.jwk, 'the copy is bound to its own key');
  assert.match(payload.vct, /^urn:tanda:card:(light|full):1$/);
  for (const name of ['family_name', 'given_name', 'birthdate']) assert.equal(typeof payload[name], 'string', name);
  const signed = decodeJwt(credential.split('~')[0]);
  for (const name of ['family_name', 'given_name', 'birthdate', 'picture', 'personal_administrative_number'])
    assert.equal(signed[name], undefined, `${name} is disclosed selectively`);
  assert.equal(signed.iat % 86_400, 0, 'iat is rounded, so that copies cannot be linked by it');
  return { payload, status: getStatusListFromJWT(credential.split('~')[0]) };
}

/** The payload of a token that is signed under one of the anchors. */
export async function verifySigned(token, anchors) {
  const at = token.lastIndexOf('.');
  assert.ok(await verifierOf(keyOf(token, anchors))(token.slice(0, at), token.slice(at + 1)), 'the token is signed');
  return decodeJwt(token);
}

/** Reads the status of a reference by @sd-jwt/jwt-status-list: 0 valid, 1 revoked, 2 suspended. */
export async function statusOf({ uri, idx }, anchors) {
  const token = await (await fetch(uri, { headers: { Accept: 'application/statuslist+jwt' } })).text();
  assert.equal(decodeProtectedHeader(token).typ, 'statuslist+jwt');
  const payload = await verifySigned(token, anchors);
  assert.equal(payload.sub, uri);
  assert.ok(payload.exp > Date.now() / 1000);
  return getListFromStatusListJWT(token).getStatus(idx);
}

/** No two copies of a batch have anything in common that a relying party could see. */
export function checkUnlinkable(checked, copies) {
  const distinct = (values, what) => assert.equal(new Set(values).size, copies.length, `${what} differ between copies`);
  distinct(checked.map(({ payload }) => payload.cnf.jwk.x), 'keys');
  distinct(checked.map(({ status }) => `${status.uri}#${status.idx}`), 'status indices');
  const disclosures = copies.flatMap(({ credential }) => credential.split('~').slice(1, -1));
  assert.equal(new Set(disclosures).size, disclosures.length, 'salts differ between copies');
  const digests = copies.flatMap(({ credential }) => decodeJwt(credential.split('~')[0])._sd);
  assert.equal(new Set(digests).size, digests.length, 'digests differ between copies');
}
