#!/usr/bin/env node
// A wallet that is not ours against our authority, provider and verifier: account, enrolment,
// issuance by @openid4vc/openid4vci, checks by @sd-jwt/*, presentation by @openid4vc/openid4vp.
// Exit code 0 means that everything went as the standards say.
//
//   node wallet.mjs --number N --name NAME --shots FOLDER --access-code CODE --staff NAME --pin PIN
//     [--authority http://localhost:8600] [--provider http://localhost:8601]
//     [--verifier http://localhost:8602] [--relying-party hotel-nansha] [--purpose hotel-check-in]
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { X509Certificate } from 'node:crypto';
import { setGlobalConfig } from '@openid4vc/openid4vci';
import { attest, enrol, makeAccount } from './lib/enrol.mjs';
import { call } from './lib/http.mjs';
import { checkCredential, checkUnlinkable, statusOf, verifySigned } from './lib/check.mjs';
import { errorOf, fetchCopies, redeem, refresh, refreshAsThief } from './lib/issue.mjs';
import { newKey } from './lib/keys.mjs';
import { answer, openDesk, resolveRequest, verdictOf } from './lib/present.mjs';

const text = (value) => ({ type: 'string', ...(value ? { default: value } : {}) });
const { values: given } = parseArgs({
  options: {
    authority: text('http://localhost:8600'),
    provider: text('http://localhost:8601'),
    verifier: text('http://localhost:8602'),
    'relying-party': text('hotel-nansha'),
    purpose: text('hotel-check-in'),
    'access-code': text(),
    staff: text(),
    pin: text(),
    number: text(),
    name: text(),
    shots: text(),
    copies: text('4'),
  },
});
for (const name of ['number', 'name', 'shots', 'access-code', 'staff', 'pin'])
  assert.ok(given[name], `--${name} is missing`);
const urls = [given.authority, given.provider, given.verifier].map((url) => new URL(url));
if (urls.some((url) => url.protocol === 'http:')) {
  assert.ok(urls.every((url) => ['localhost', '127.0.0.1'].includes(url.hostname)), 'plain http is for this machine');
  setGlobalConfig({ allowInsecureUrls: true });
}

let step = 'start';
async function during(what, work) {
  step = what;
  const started = performance.now();
  const result = await work();
  console.log(`ok  ${what} (${Math.round(performance.now() - started)} ms)`);
  return result;
}

/** All certificates of the trust list. */
function certificatesOf(trustList) {
  const found = [];
  const walk = (value) => {
    if (Array.isArray(value)) return value.forEach(walk);
    if (value === null || typeof value !== 'object') return;
    for (const [name, item] of Object.entries(value)) {
      if (['val', 'certificate', 'X509Certificate', 'x509_certificate'].includes(name) && typeof item === 'string') {
        try {
          found.push(new X509Certificate(Buffer.from(item, 'base64')));
        } catch {
          // Some `val` is no certificate.
        }
      }
      walk(item);
    }
  };
  walk(trustList);
  assert.ok(found.length > 0, 'the trust list has certificates');
  return found;
}

async function main() {
  const { authority, provider, verifier } = given;
  const jar = await during('an account by passkey, out and in again', () => makeAccount(provider));
  const client = { instanceKey: await newKey(), dpopKey: await newKey() };
  const config = await call(`${provider}/wallet/config`, { method: 'GET', jar });
  const issuer = config.authorities[0]?.issuer ?? authority;
  client.attestation = await during('an attestation of the wallet', () =>
    attest(provider, jar, client.instanceKey.jwk, issuer));
  const anchors = await during('the trust list, signed under the anchor', async () => {
    const response = await fetch(config.trust_list);
    assert.equal(response.status, 200);
    const pem = config.trust_anchor.includes('BEGIN');
    const anchor = new X509Certificate(pem ? config.trust_anchor : Buffer.from(config.trust_anchor, 'base64'));
    return certificatesOf(await verifySigned(await response.text(), [anchor]));
  });

  const offer = await during('an enrolment by face', () => enrol(issuer, client, given));
  const redeemed = await during('a token for the offer, once', () => redeem(offer, client));
  const { copies, again } = await during('a batch of copies', () =>
    fetchCopies(redeemed, client, Number(given.copies)));
  await during('the nonce is good once', async () => assert.equal(await errorOf(again()), 'invalid_nonce'));
  const checked = await during('@sd-jwt/sd-jwt-vc takes every copy', () =>
    Promise.all(copies.map((copy) => checkCredential(copy, anchors))));
  await during('nothing links two copies', () => checkUnlinkable(checked, copies));
  await during('@sd-jwt/jwt-status-list says valid', async () => {
    for (const { status } of checked) assert.equal(await statusOf(status, anchors), 0);
  });
  await during('a stolen attestation opens nothing', async () =>
    assert.equal(await refreshAsThief(redeemed, client, await newKey()), 'invalid_client'));
  await during('the refresh token brings another batch, once', async () => {
    const next = { ...redeemed, token: await refresh(redeemed, client) };
    const more = await fetchCopies(next, client, 2, config.client_id);
    checkUnlinkable(
      [...checked, ...(await Promise.all(more.copies.map((copy) => checkCredential(copy, anchors))))],
      [...copies, ...more.copies],
    );
    assert.equal(await errorOf(refresh(redeemed, client)), 'invalid_grant');
  });

  const desk = await during('a desk signs in', () =>
    openDesk(verifier, given['relying-party'], given['access-code'], given.staff, given.pin));
  await during('a check-in: valid', async () => {
    const asked = await desk.ask({ purpose: given.purpose });
    const request = await resolveRequest(asked.openid4vp_uri);
    const { response, paths } = await answer(request, copies[0], anchors);
    assert.equal(response.status, 200);
    const verdict = await verdictOf(desk, asked.id);
    assert.equal(verdict.outcome, 'valid', JSON.stringify(verdict.reason));
    assert.deepEqual(
      Object.keys(verdict.claims).sort(),
      [...new Set(paths.map(([name]) => name))].sort(),
      'the desk has what was asked and no more',
    );
    // The request is used up.
    const { response: second } = await answer(request, copies[1], anchors);
    assert.ok(second.status >= 400 && second.status < 500, `a second answer got ${second.status}`);
  });
  await during('a spoilt presentation is not valid', async () => {
    const asked = await desk.ask({ purpose: given.purpose });
    const request = await resolveRequest(asked.openid4vp_uri);
    const spoil = (token) => {
      const parts = token.split('~');
      const binding = parts.at(-1);
      const at = binding.length - 20;
      parts[parts.length - 1] = binding.slice(0, at) + (binding[at] === 'A' ? 'B' : 'A') + binding.slice(at + 1);
      return parts.join('~');
    };
    const { response } = await answer(request, copies[2], anchors, spoil);
    if (response.ok) assert.notEqual((await verdictOf(desk, asked.id)).outcome, 'valid');
    else assert.ok(response.status < 500, `a spoilt answer got ${response.status}`);
  });
  await during('asking for more than the purpose is refused', async () => {
    const response = await desk.tryToAsk({ purpose: given.purpose, claims: [['nationalities']] });
    assert.equal(response.status, 422);
  });
}

try {
  await main();
  console.log('All of it went as the standards say.');
} catch (error) {
  console.error(`FAILED during: ${step}\n${error.stack}`);
  process.exitCode = 1;
}
