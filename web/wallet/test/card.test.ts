import { compactDecrypt, exportJWK, generateKeyPair, type JWK } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { setGlobalConfig } from '@openid4vc/oauth2';
import { fromBase64, sha256, toBase64Url, utf8 } from '../src/lib/bytes';
import { receive, receiveExpected, renew } from '../src/lib/issuance';
import { newKey, thumbprint } from '../src/lib/keys';
import { agree, decline, fetchRequest, requestOfCode } from '../src/lib/presentation';
import { checkReceived } from '../src/lib/sd-jwt';
import * as store from '../src/lib/store';
import { readTrustList, type TrustList } from '../src/lib/trust-list';
import {
  copyFor,
  hashOf,
  issuerId,
  listOf,
  party,
  registrationOf,
  servicesOf,
  sign,
  vct,
  world,
  type World,
} from './world';

let here: World;
let trust: TrustList;
const problem = (kind: string) => expect.objectContaining({ name: 'Problem', kind });
const decode = (part: string | undefined) =>
  JSON.parse(new TextDecoder().decode(fromBase64(part ?? ''))) as Record<string, unknown>;
const jwtOf = (token: string) => {
  const [head, body] = token.split('.');
  return { header: decode(head), payload: decode(body) };
};

beforeAll(async () => {
  setGlobalConfig({ allowInsecureUrls: false });
  here = await world();
  const list = await sign(here.operator, { typ: 'lote+jwt' }, listOf(servicesOf(here)));
  trust = await readTrustList(list, [here.operator.certificate], undefined, new Date());
});

beforeEach(() => store.erase());
afterEach(() => vi.unstubAllGlobals());

describe('a received copy', () => {
  const check = async (change: Parameters<typeof copyFor>[2] = {}) => {
    const key = await newKey();
    return checkReceived(await copyFor(here, key.jwk, change), key, trust.issuers, new Date());
  };
  const forged = problem('card_not_genuine');

  it('is the card when all is as it should be', async () => {
    const received = await check();
    expect(received).toMatchObject({ vct, level: 'light' });
    expect(received.claims).toEqual({
      family_name: 'Sample',
      given_name: 'Putri',
      birthdate: '1994-03-12',
      age_equal_or_over: { '18': true, '60': false },
      pseudonyms: { 'hotel-nansha': 'for-the-hotel', 'cafe-comet': 'for-the-cafe' },
    });
  });
  it('is refused from an issuer that is not listed', async () => {
    await expect(check({ payload: { iss: 'https://elsewhere.example' } })).rejects.toEqual(forged);
    await expect(check({ by: await party('Issuer') })).rejects.toEqual(forged);
  });
  it('is refused when the issuer may not issue this type', async () => {
    await expect(check({ payload: { vct: 'urn:tanda:card:full:1' } })).rejects.toEqual(forged);
  });
  it('is refused when bound to another key', async () => {
    await expect(check({ payload: { cnf: { jwk: (await newKey()).jwk } } })).rejects.toEqual(forged);
  });
  it('is refused when expired or of another kind', async () => {
    await expect(check({ payload: { exp: Math.floor(Date.now() / 1000) - 61 } })).rejects.toEqual(forged);
    await expect(check({ header: { typ: 'JWT' } })).rejects.toEqual(forged);
  });
  it('is refused with a disclosure that nothing refers to, or twice the same', async () => {
    const stray = toBase64Url(utf8(JSON.stringify(['salt', 'sex', 1])));
    await expect(check({ disclosures: (made) => [...made, stray] })).rejects.toEqual(forged);
    await expect(check({ disclosures: (made) => [...made, made[0] ?? ''] })).rejects.toEqual(forged);
  });
});

describe('one-time copies', () => {
  const copy = async (token: string, expires = Date.now() + 1000) => ({
    token,
    key: await newKey(),
    usedAt: undefined,
    expires,
  });
  const card = { state: 'live', vct } as store.Card;

  it('are each taken once, also when asked for all at once', async () => {
    await store.keepCard(card, await Promise.all(['a', 'b', 'c'].map((token) => copy(token))), undefined);
    const taken = await Promise.all(Array.from({ length: 5 }, () => store.takeCopy(Date.now())));
    expect(taken.flatMap((one) => (one ? [one.token] : [])).sort()).toEqual(['a', 'b', 'c']);
    expect(await store.copiesLeft(Date.now())).toBe(0);
  });
  it('are not taken after their time', async () => {
    await store.keepCard(card, [await copy('old', Date.now() - 1)], undefined);
    expect(await store.takeCopy(Date.now())).toBeUndefined();
  });
});

/** Answers as an authority and a provider would, and keeps what was asked. */
async function authorityAnswers(options: { refresh?: number; down?: string } = {}) {
  const asked: { url: string; init: RequestInit }[] = [];
  const json = (body: unknown, status = 200) =>
    new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } });
  const attester = await party('Provider');
  const answer = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = String(input);
    asked.push({ url, init });
    if (options.down && url.endsWith(options.down)) throw new TypeError('fetch failed');
    if (url === '/wallet/attestation') {
      const { jwk } = JSON.parse(String(init.body)) as { jwk: JWK };
      const claims = {
        iss: 'https://provider.example',
        sub: 'tanda-wallet',
        cnf: { jwk },
        exp: 4_000_000_000,
      };
      return json({ attestation: await sign(attester, { typ: 'oauth-client-attestation+jwt' }, claims) });
    }
    if (url === `${issuerId}/.well-known/openid-credential-issuer`)
      return json({
        credential_issuer: issuerId,
        credential_endpoint: `${issuerId}/openid4vci/credential`,
        nonce_endpoint: `${issuerId}/openid4vci/nonce`,
        batch_credential_issuance: { batch_size: 4 },
        credential_configurations_supported: {
          'tanda-card-light-sd-jwt': {
            format: 'dc+sd-jwt',
            vct,
            cryptographic_binding_methods_supported: ['jwk'],
            proof_types_supported: { jwt: { proof_signing_alg_values_supported: ['ES256'] } },
            credential_metadata: { display: [{ name: 'Tanda' }] },
          },
        },
      });
    if (url === `${issuerId}/.well-known/oauth-authorization-server`)
      return json({
        issuer: issuerId,
        token_endpoint: `${issuerId}/oauth/token`,
        dpop_signing_alg_values_supported: ['ES256'],
        grant_types_supported: ['urn:ietf:params:oauth:grant-type:pre-authorized_code', 'refresh_token'],
      });
    if (url === `${issuerId}/oauth/token`) {
      if (options.refresh && new URLSearchParams(String(init.body)).has('refresh_token'))
        return json({ error: 'invalid_grant' }, options.refresh);
      return json({
        access_token: 'access',
        token_type: 'DPoP',
        expires_in: 300,
        refresh_token: `refresh-${asked.length}`,
      });
    }
    if (url === `${issuerId}/openid4vci/nonce`) return json({ c_nonce: 'the-nonce' });
    if (url === `${issuerId}/openid4vci/credential`) {
      const { proofs } = JSON.parse(String(init.body)) as { proofs: { jwt: string[] } };
      const credentials = await Promise.all(
        proofs.jwt.map(async (proof) => ({
          credential: await copyFor(here, jwtOf(proof).header['jwk'] as Parameters<typeof copyFor>[1]),
        })),
      );
      return json({ credentials });
    }
    return new Response('', { status: 404 });
  };
  vi.stubGlobal('fetch', answer);
  return asked;
}

const offer = `openid-credential-offer://?credential_offer=${encodeURIComponent(
  JSON.stringify({
    credential_issuer: issuerId,
    credential_configuration_ids: ['tanda-card-light-sd-jwt'],
    grants: { 'urn:ietf:params:oauth:grant-type:pre-authorized_code': { 'pre-authorized_code': 'the-code' } },
  }),
)}`;

async function provesItself(proof: string): Promise<boolean> {
  const [head, body, signature] = proof.split('.');
  const key = await crypto.subtle.importKey(
    'jwk',
    decode(head)['jwk'] as JsonWebKey,
    { name: 'ECDSA', namedCurve: 'P-256' },
    false,
    ['verify'],
  );
  const text = utf8(`${head}.${body}`);
  return crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, fromBase64(signature ?? ''), text);
}

describe('receiving the card', () => {
  it('proves one key a copy, all with the nonce, and the DPoP key in every call', async () => {
    const asked = await authorityAnswers();
    await receive(offer, trust);
    expect(await store.copiesLeft(Date.now())).toBe(4);
    expect((await store.recall('card'))?.claims['family_name']).toBe('Sample');

    const token = asked.find(({ url }) => url.endsWith('/oauth/token'));
    const tokenHeaders = new Headers(token?.init.headers);
    const form = new URLSearchParams(String(token?.init.body));
    expect(form.get('pre-authorized_code')).toBe('the-code');
    expect(tokenHeaders.get('OAuth-Client-Attestation')).toBeTruthy();
    const possession = tokenHeaders.get('OAuth-Client-Attestation-PoP') ?? '';
    expect(jwtOf(possession).payload).toMatchObject({ aud: issuerId, iss: 'tanda-wallet' });

    const credential = asked.find(({ url }) => url.endsWith('/credential'));
    const headers = new Headers(credential?.init.headers);
    const [tokenProof, credentialProof] = [tokenHeaders.get('DPoP') ?? '', headers.get('DPoP') ?? ''];
    expect(headers.get('Authorization')).toBe('DPoP access');
    expect(jwtOf(credentialProof)).toMatchObject({
      header: { typ: 'dpop+jwt', alg: 'ES256' },
      payload: {
        htm: 'POST',
        htu: `${issuerId}/openid4vci/credential`,
        ath: toBase64Url(await sha256(utf8('access'))),
      },
    });
    expect(jwtOf(tokenProof).header['jwk']).toEqual(jwtOf(credentialProof).header['jwk']);
    expect(await provesItself(credentialProof)).toBe(true);

    const { proofs } = JSON.parse(String(credential?.init.body)) as { proofs: { jwt: string[] } };
    const keys = await Promise.all(proofs.jwt.map((proof) => thumbprint(jwtOf(proof).header['jwk'] as JWK)));
    expect(new Set(keys).size).toBe(4);
    for (const proof of proofs.jwt) {
      expect(await provesItself(proof)).toBe(true);
      expect(jwtOf(proof).payload).toMatchObject({ aud: issuerId, nonce: 'the-nonce' });
    }
  });

  it('keeps keys that cannot be read out', async () => {
    await authorityAnswers();
    await receive(offer, trust);
    const copy = await store.takeCopy(Date.now());
    expect(copy?.key.privateKey.extractable).toBe(false);
    expect((await store.recall('dpopKey'))?.privateKey.extractable).toBe(false);
    expect((await store.recall('instanceKey'))?.privateKey.extractable).toBe(false);
  });

  it('tells no issuer anything that is not listed', async () => {
    const asked = await authorityAnswers();
    await expect(receive(offer, { ...trust, issuers: [] })).rejects.toEqual(problem('card_not_genuine'));
    expect(asked).toEqual([]);
  });

  it('fetches a fresh batch with the renewed token, which is replaced', async () => {
    await authorityAnswers();
    await receive(offer, trust);
    const first = await store.recall('renewal');
    await renew(trust);
    expect(await store.copiesLeft(Date.now())).toBe(8);
    expect((await store.recall('renewal'))?.refreshToken).not.toBe(first?.refreshToken);
  });

  it('says that the authority is away when it is, and has the card later', async () => {
    for (const down of ['/openid-credential-issuer', '/oauth/token', '/nonce', '/credential']) {
      await store.erase();
      await authorityAnswers({ down });
      await expect(receive(offer, trust)).rejects.toEqual(problem('service_down'));
      expect(await store.recall('card')).toBeUndefined();
    }
    await authorityAnswers();
    await receiveExpected(trust);
    expect(await store.copiesLeft(Date.now())).toBe(4);
    expect(await store.recall('expected')).toBeUndefined();
    await renew(trust);
    expect(await store.copiesLeft(Date.now())).toBe(8);
  });

  it('keeps what renews the card that is here until another one is', async () => {
    await authorityAnswers();
    await receive(offer, trust);
    const here = await store.recall('renewal');
    await authorityAnswers({ down: '/credential' });
    await expect(receive(offer, trust)).rejects.toEqual(problem('service_down'));
    expect(await store.recall('renewal')).toEqual(here);
    // It was withdrawn meanwhile: nothing is expected any more, and the card that is here stays as it was.
    await authorityAnswers({ refresh: 400 });
    await expect(receiveExpected(trust)).rejects.toEqual(problem('card_ended'));
    expect(await store.recall('expected')).toBeUndefined();
    expect((await store.recall('card'))?.state).toBe('live');
    await authorityAnswers();
    await renew(trust);
    expect(await store.copiesLeft(Date.now())).toBe(8);
  });

  it('learns that the card has ended', async () => {
    await authorityAnswers();
    await receive(offer, trust);
    await authorityAnswers({ refresh: 400 });
    await expect(renew(trust)).rejects.toEqual(problem('card_ended'));
    expect((await store.recall('card'))?.state).toBe('ended');
  });
});

interface RequestChange {
  payload?: object;
  registration?: object;
  header?: object;
  by?: World['hotel'];
  claims?: unknown[];
  vcts?: string[];
  status?: number;
  ignoreNonce?: boolean;
}

/** Answers as a verifier service would; gives the key for reading the wallet's answer. */
async function verifierAnswers(change: RequestChange = {}) {
  const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'enc-1', use: 'enc', alg: 'ECDH-ES' };
  const answers: URLSearchParams[] = [];
  const clientId = `x509_hash:${await hashOf(here.hotel)}`;
  const answer = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = String(input);
    if (url === 'https://verifier.example/codes/AB12CD34')
      return Response.json({
        client_id: clientId,
        request_uri: 'https://verifier.example/r/1',
        request_uri_method: 'post',
      });
    if (url.startsWith('https://verifier.example/codes/')) return new Response('', { status: 404 });
    if (url === 'https://verifier.example/r/1') {
      if (change.status) return new Response('{}', { status: change.status });
      const now = Math.floor(Date.now() / 1000);
      const walletNonce = new URLSearchParams(String(init.body)).get('wallet_nonce');
      const payload = {
        response_type: 'vp_token',
        response_mode: 'direct_post.jwt',
        client_id: clientId,
        response_uri: 'https://verifier.example/responses/1',
        nonce: 'a-nonce-of-the-verifier',
        state: 'the-state',
        aud: 'https://self-issued.me/v2',
        iat: now,
        exp: now + 300,
        wallet_nonce: change.ignoreNonce ? 'another' : walletNonce,
        client_metadata: {
          // What a request says of itself is shown nowhere: the registered name is.
          client_name: 'Your Bank',
          jwks: { keys: [jwk] },
          encrypted_response_enc_values_supported: ['A256GCM', 'A128GCM'],
          vp_formats_supported: {
            'dc+sd-jwt': { 'sd-jwt_alg_values': ['ES256'], 'kb-jwt_alg_values': ['ES256'] },
          },
        },
        dcql_query: {
          credentials: [
            {
              id: 'card',
              format: 'dc+sd-jwt',
              meta: { vct_values: change.vcts ?? [vct, 'urn:tanda:card:full:1'] },
              claims: change.claims ?? [{ path: ['family_name'] }, { path: ['age_equal_or_over', '18'] }],
            },
          ],
        },
        verifier_info: [
          { format: 'registration_cert', data: await registrationOf(here, change.registration) },
        ],
        ...change.payload,
      };
      return new Response(
        await sign(change.by ?? here.hotel, { typ: 'oauth-authz-req+jwt', ...change.header }, payload),
      );
    }
    if (url === 'https://verifier.example/responses/1') {
      answers.push(new URLSearchParams(String(init.body)));
      return Response.json({ redirect_uri: 'https://desk.example/return?response_code=1' });
    }
    return new Response('', { status: 404 });
  };
  vi.stubGlobal('fetch', answer);
  return {
    answers,
    privateKey,
    clientId,
    link: { clientId, requestUri: 'https://verifier.example/r/1', post: true },
  };
}

describe('showing the card', () => {
  beforeEach(async () => {
    await authorityAnswers();
    await receive(offer, trust);
  });
  const refusal = async (change: RequestChange, kind: string) => {
    const { link } = await verifierAnswers(change);
    await expect(fetchRequest(link, trust)).rejects.toEqual(problem(kind));
  };

  it('says who asks, why, and what they would see', async () => {
    const { link } = await verifierAnswers();
    const asked = await fetchRequest(link, trust);
    expect(asked.registration.name['en']).toBe('Nansha Harbour Hotel');
    const { resolved, ...shown } = asked;
    expect(JSON.stringify(resolved)).toContain('Your Bank');
    expect(JSON.stringify(shown)).not.toContain('Your Bank');
    expect(asked.claims).toEqual([
      { path: ['family_name'], value: 'Sample' },
      { path: ['age_equal_or_over', '18'], value: true },
    ]);
  });

  it('sends what was asked and no more, encrypted, bound to asker and request, a copy each time', async () => {
    const { answers, privateKey, link, clientId } = await verifierAnswers();
    const before = await store.copiesLeft(Date.now());
    const shown: string[] = [];
    for (let n = 0; n < 2; n += 1) {
      const { redirect } = await agree(await fetchRequest(link, trust));
      expect(redirect).toBe('https://desk.example/return?response_code=1');
      const { plaintext, protectedHeader } = await compactDecrypt(
        answers[n]?.get('response') ?? '',
        privateKey,
      );
      expect(protectedHeader).toMatchObject({ alg: 'ECDH-ES', enc: 'A256GCM', kid: 'enc-1' });
      const body = JSON.parse(new TextDecoder().decode(plaintext)) as {
        vp_token: { card: string[] };
        state: string;
      };
      expect(body.state).toBe('the-state');
      shown.push(body.vp_token.card[0] ?? '');
    }
    expect(await store.copiesLeft(Date.now())).toBe(before - 2);
    const [first = '', second = ''] = shown;
    const [jws = '', ...rest] = first.split('~');
    const names = rest.slice(0, -1).map((disclosure) => (decode(disclosure) as unknown as string[])[1]);
    expect(names.sort()).toEqual(['18', 'family_name']);
    const binding = rest.at(-1) ?? '';
    expect(jwtOf(binding)).toMatchObject({
      header: { typ: 'kb+jwt', alg: 'ES256' },
      payload: {
        aud: clientId,
        nonce: 'a-nonce-of-the-verifier',
        sd_hash: toBase64Url(await sha256(utf8(first.slice(0, first.lastIndexOf('~') + 1)))),
      },
    });
    expect(jwtOf(jws).payload['cnf']).not.toEqual(jwtOf(second.split('~')[0] ?? '').payload['cnf']);
    const [last] = await store.showings();
    expect(last).toMatchObject({ outcome: 'shown', claims: [['family_name'], ['age_equal_or_over', '18']] });
    expect(JSON.stringify(last)).not.toContain('Sample');
    expect(JSON.stringify(last)).not.toContain('Your Bank');
  });

  it('tells the asker when the holder declines, and nothing else', async () => {
    const { answers, link } = await verifierAnswers();
    const before = await store.copiesLeft(Date.now());
    await decline(await fetchRequest(link, trust));
    expect(Object.fromEntries(answers[0] ?? [])).toEqual({ error: 'access_denied', state: 'the-state' });
    expect(await store.copiesLeft(Date.now())).toBe(before);
  });

  it('finds a request by its typed code', async () => {
    const { link } = await verifierAnswers();
    expect(await requestOfCode('ab12 cd34', trust)).toEqual(link);
    await expect(requestOfCode('AB99-9999', trust)).rejects.toEqual(problem('code_unknown'));
    await expect(requestOfCode('ZZ12-CD34', trust)).rejects.toEqual(problem('code_unknown'));
  });

  it('refuses a request that is not signed by a listed relying party', async () => {
    const impostor = await party('Hotel', await party('Access CA'));
    await refusal({ by: impostor }, 'asker_unknown');
    // Certified, but another than the link names.
    await refusal({ by: await party('Other', here.accessCa) }, 'request_not_genuine');
    await refusal({ header: { typ: 'JWT' } }, 'request_not_genuine');
    await refusal({ header: { alg: 'none' } }, 'request_not_genuine');
  });

  it('refuses a request that was not made for this wallet now', async () => {
    const now = Math.floor(Date.now() / 1000);
    await refusal({ ignoreNonce: true }, 'request_not_genuine');
    await refusal({ payload: { exp: now - 2 } }, 'request_expired');
    await refusal({ payload: { iat: now + 120 } }, 'request_not_genuine');
    await refusal({ payload: { aud: 'https://other.example' } }, 'request_not_genuine');
    await refusal({ payload: { client_id: 'x509_hash:other' } }, 'request_not_genuine');
    await refusal({ status: 404 }, 'request_expired');
    await refusal({ status: 409 }, 'request_used');
    await refusal({ status: 503 }, 'service_down');
  });

  it('refuses an answer in the clear, to an insecure place, or about what it does not know', async () => {
    const transaction = toBase64Url(utf8(JSON.stringify({ type: 'transfer', credential_ids: ['card'] })));
    await refusal({ payload: { response_mode: 'direct_post' } }, 'request_unsupported');
    await refusal({ payload: { transaction_data: [transaction] } }, 'request_unsupported');
    await refusal(
      { payload: { response_uri: 'http://verifier.example/responses/1' } },
      'request_not_genuine',
    );
    await refusal({ payload: { nonce: 'short' } }, 'request_not_genuine');
  });

  it('refuses over-asking and says by what', async () => {
    await refusal({ claims: [{ path: ['birthdate'] }] }, 'over_asking_data');
    await refusal({ vcts: ['urn:tanda:card:full:1'] }, 'over_asking_level');
    await refusal({ payload: { verifier_info: [] } }, 'asker_unregistered');
    await refusal({ registration: { level: 'full' }, vcts: ['urn:tanda:card:full:1'] }, 'level_missing');
    await refusal(
      { registration: { claims: [['nobody']] }, claims: [{ path: ['nobody'] }] },
      'claim_missing',
    );
  });

  it('tells a known asker that it refuses, and a stranger nothing', async () => {
    const told = async (change: RequestChange) => {
      const { answers, link } = await verifierAnswers(change);
      await expect(fetchRequest(link, trust)).rejects.toBeDefined();
      return Object.fromEntries(answers[0] ?? []);
    };
    const state = 'the-state';
    expect(await told({ claims: [{ path: ['birthdate'] }] })).toEqual({ error: 'invalid_request', state });
    expect(await told({ registration: { level: 'full' }, vcts: ['urn:tanda:card:full:1'] })).toEqual({
      error: 'access_denied',
      state,
    });
    expect(await told({ payload: { verifier_info: [] } })).toEqual({ error: 'invalid_client', state });
    expect(await told({ by: await party('Other', here.accessCa) })).toEqual({});
    expect(await told({ payload: { response_mode: 'direct_post' } })).toEqual({});
  });

  it('does not answer without a card, without copies, or with one that has ended', async () => {
    const { link } = await verifierAnswers();
    const asked = await fetchRequest(link, trust);
    while (await store.takeCopy(Date.now()));
    await expect(agree(asked)).rejects.toEqual(problem('no_copies'));
    const card = await store.recall('card');
    if (card) await store.keep('card', { ...card, state: 'ended' });
    await expect(fetchRequest(link, trust)).rejects.toEqual(problem('card_ended'));
    await store.erase();
    await expect(fetchRequest(link, trust)).rejects.toEqual(problem('no_card'));
  });
});
