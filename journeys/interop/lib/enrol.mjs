// From a passkey to an approved enrolment: the part of the journey that no standard covers.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CookieJar, call, send } from './http.mjs';
import { callbacks } from './keys.mjs';
import { createPasskey, usePasskey } from './passkey.mjs';

/** Makes an account at the provider, signs out and in again: the cookies of a signed-in browser. */
export async function makeAccount(provider) {
  const jar = new CookieJar();
  const post = (path, body) => call(`${provider}${path}`, { body, jar });
  const creation = await post('/account/registration/start', { display_name: 'Interop' });
  const { credential, passkey } = await createPasskey(creation, new URL(provider).origin);
  await post('/account/registration/finish', { credential });
  await post('/account/sign-out', {});
  const request = await post('/account/authentication/start', {});
  const assertion = await usePasskey(request, passkey, new URL(provider).origin);
  await post('/account/authentication/finish', { credential: assertion });
  return jar;
}

/** The provider's word for a key of this wallet, towards one authority. */
export async function attest(provider, jar, jwk, authority) {
  const { attestation } = await call(`${provider}/wallet/attestation`, { body: { jwk, authority }, jar });
  return attestation;
}

/** The shots of a sandbox person that may pass for a step, best first. */
const shots = {
  look_straight: ['front.jpg', 'smile.jpg'],
  turn_left: ['left.jpg', 'half-left.jpg'],
  turn_right: ['right.jpg', 'half-right.jpg'],
  close_eyes: ['closed.jpg'],
  smile: ['smile.jpg'],
};

/** Enrols a sandbox person by the pictures in a folder; the offer, once approved. */
export async function enrol(authority, client, who) {
  const headers = new Headers();
  await callbacks([client.instanceKey], client.attestation).clientAuthentication({
    headers,
    authorizationServerMetadata: { issuer: authority },
  });
  const opened = await call(`${authority}/enrolments`, {
    headers,
    body: { number: who.number, name: who.name, consent: '2026-11', locale: 'en' },
  });
  const bearer = { Authorization: `Bearer ${opened.token}` };
  let [step, done] = [opened.step, 0];
  while (step !== null && step !== undefined) {
    const answer = await passStep(authority, opened.enrolment_id, bearer, step, done, who.shots);
    [step, done] = [answer.step, answer.done];
  }
  const at = `${authority}/enrolments/${opened.enrolment_id}`;
  let decision = await call(`${at}/complete`, { headers: bearer, body: {} });
  for (let round = 0; decision.state === 'deciding' && round < 3; round += 1) {
    decision = await call(`${at}?wait=25`, { method: 'GET', headers: bearer });
  }
  if (decision.state !== 'approved') throw new Error(`the enrolment is ${decision.state}`);
  return decision.credential_offer;
}

async function passStep(authority, id, bearer, step, index, folder) {
  const names = shots[step] ?? [`${step}.jpg`];
  const guidance = [];
  for (const name of [...names, ...names]) {
    const picture = new Uint8Array(await readFile(join(folder, name)));
    const headers = { ...bearer, 'Content-Type': 'image/jpeg' };
    const response = await send(`${authority}/enrolments/${id}/frames?step=${index}`, { headers, body: picture });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${step}: ${response.status} ${JSON.stringify(answer)}`);
    if (answer.accepted) return answer;
    guidance.push(`${name}: ${answer.guidance}`);
  }
  throw new Error(`no picture passes for ${step}: ${guidance.join(', ')}`);
}
