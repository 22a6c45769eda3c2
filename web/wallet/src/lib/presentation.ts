import { Openid4vpClient, type ResolvedOpenid4vpAuthorizationRequest } from '@openid4vc/openid4vp';
import { randomBytes, toBase64Url } from './bytes';
import { answer, readQuery, select, type ClaimPath } from './dcql';
import { keptOf } from './deletion';
import { openGuard } from './guard';
import { at, send } from './http';
import { BadSignature, verifySigned } from './jws';
import type { HeldKey, SealedKey } from './keys';
import { callbacks } from './oauth';
import { asProblem, Problem, type ProblemKind } from './problem';
import { readRegistration, refuseOverAsking, type Registration } from './registration';
import { present } from './sd-jwt';
import { readCode, serviceOf, trustworthy, type RequestLink } from './code';
import { recall, remember, takeCopy, type Card } from './store';
import type { TrustList } from './trust-list';
import { BadChain, skewSeconds, x509Hash, type Certificate } from './x509';
import { problemOf, readJson } from './http';
import { fields, number, text, Unreadable, type Fields } from './read';

/** A request that has passed every check: what the person is asked to agree to. */
export interface Asked {
  registration: Registration;
  claims: { path: ClaimPath; value: unknown }[];
  card: Card;
  resolved: ResolvedOpenid4vpAuthorizationRequest;
  questionId: string;
  expires: number;
}

const audience = 'https://self-issued.me/v2';

/** Looks up a typed code at the verifier service that its beginning names. */
export async function requestOfCode(typed: string, trust: TrustList): Promise<RequestLink> {
  const code = readCode(typed);
  if (code === undefined) throw new Problem('code_unknown');
  const service = serviceOf(code, trust.verifiers);
  if (service === undefined) throw new Problem('code_unknown');
  const response = await send(at(service, `/codes/${code}`));
  if (response.status === 404 || response.status === 410) throw new Problem('code_unknown');
  if (response.status === 429)
    throw new Problem('too_many_attempts', { seconds: (await problemOf(response)).retryAfter ?? 60 });
  if (!response.ok) throw new Problem('service_down');
  const body = fields(await readJson(response), 'code');
  return {
    clientId: text(body['client_id'], 'client_id'),
    requestUri: text(body['request_uri'], 'request_uri'),
    post: body['request_uri_method'] === 'post',
  };
}

/**
 * Fetches the signed request and checks it: signature and chain to the listed relying-party authority, the
 * client identifier's hash, our own nonce in it, its life, the registration certificate bound to the same
 * access certificate, and that it asks for no more than was registered.
 */
export async function fetchRequest(link: RequestLink, trust: TrustList): Promise<Asked> {
  const now = new Date();
  const walletNonce = toBase64Url(randomBytes(16));
  let signer: Certificate | undefined;
  let met: Problem | undefined;
  const shared = callbacks([], '');
  const client = new Openid4vpClient({
    callbacks: {
      ...shared,
      // The library drops what its fetch threw, so what was met on the way is kept here.
      fetch: async (input, init) => {
        try {
          return await fetchWithNonce(link, walletNonce)(input, init);
        } catch (error) {
          met = asProblem(error);
          throw error;
        }
      },
      verifyJwt: async (by, { compact }) => {
        if (by.method !== 'x5c') return { verified: false };
        const { leaf, payload } = await verifySigned(compact, {
          typ: 'oauth-authz-req+jwt',
          anchors: trust.accessCas,
          now,
        });
        signer = leaf;
        // Here, because the library would say only that something did not fit.
        if (typeof payload['exp'] === 'number' && payload['exp'] * 1000 < now.getTime())
          throw new Problem('request_expired');
        return { verified: true, signerJwk: (await leafJwk(leaf)) as { kty: string } };
      },
      getX509CertificateMetadata: () => ({ sanDnsNames: [], sanUriNames: [] }),
    },
  });
  let resolved: ResolvedOpenid4vpAuthorizationRequest;
  try {
    resolved = await client.resolveOpenId4vpAuthorizationRequest({
      authorizationRequestPayload: {
        client_id: link.clientId,
        request_uri: link.requestUri,
        ...(link.post ? { request_uri_method: 'post' } : {}),
      },
      wallet: link.post ? { expectedNonce: walletNonce } : {},
    } as Parameters<typeof client.resolveOpenId4vpAuthorizationRequest>[0]);
  } catch (error) {
    throw met ?? requestProblem(error);
  }
  if (!signer || resolved.client.prefix !== 'x509_hash') throw new Problem('request_not_genuine');
  const payload = resolved.authorizationRequestPayload as Fields;
  checkShape(payload, now);
  const accessCertificate = await x509Hash(signer);
  try {
    const registrars = trust.registrars;
    const registration = await readRegistration(payload['verifier_info'], {
      registrars,
      accessCertificate,
      now,
    });
    return await weigh(payload, resolved, registration, now);
  } catch (error) {
    await refuse(payload, asProblem(error).kind);
    throw error;
  }
}

/**
 * What a known asker is told where the wallet refuses by itself (OpenID4VP 1.0 section 8.5), so that nobody waits. A
 * browser without a card says nothing: the holder's own may be another one, and can answer still.
 */
const refusals: Partial<Record<ProblemKind, string>> = {
  asker_unregistered: 'invalid_client',
  asker_suspended: 'invalid_client',
  asker_withdrawn: 'invalid_client',
  asker_standing_unknown: 'invalid_client',
  over_asking_data: 'invalid_request',
  over_asking_level: 'invalid_request',
  card_ended: 'access_denied',
  level_missing: 'access_denied',
  claim_missing: 'access_denied',
};

async function refuse(request: Fields, kind: ProblemKind): Promise<void> {
  const code = refusals[kind];
  // Whether the asker hears of it changes nothing for the holder.
  if (code !== undefined) await tell(request, code).catch(() => undefined);
}

function tell(request: Fields, error: string): Promise<Response> {
  const form = new URLSearchParams({ error });
  if (typeof request['state'] === 'string') form.set('state', request['state']);
  return send(text(request['response_uri'], 'response_uri'), { method: 'POST', body: form });
}

/** The library fetches the request object but leaves the nonce out of the form (0.4.6); so it is put in here. */
function fetchWithNonce(link: RequestLink, walletNonce: string): typeof fetch {
  return async (input, init) => {
    const asks = link.post && String(input) === link.requestUri;
    if (!asks) return send(input as string, init);
    const response = await send(link.requestUri, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        Accept: 'application/oauth-authz-req+jwt',
      },
      body: new URLSearchParams({ wallet_nonce: walletNonce }),
    });
    if (response.ok) return response;
    if (response.status === 404 || response.status === 410) throw new Problem('request_expired');
    if (response.status === 409) throw new Problem('request_used');
    const { code } = await problemOf(response.clone());
    if (/expired/.test(code)) throw new Problem('request_expired');
    if (/used|answered/.test(code)) throw new Problem('request_used');
    if (response.status >= 500) throw new Problem('service_down');
    throw new Problem('request_not_genuine');
  };
}

function requestProblem(error: unknown): Problem {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof Problem) return cause;
    if (cause instanceof BadChain) return new Problem('asker_unknown');
    if (cause instanceof BadSignature) return new Problem('request_not_genuine');
  }
  const general = asProblem(error);
  return general.kind === 'unexpected' ? new Problem('request_not_genuine') : general;
}

async function leafJwk(leaf: Certificate): Promise<JsonWebKey> {
  return crypto.subtle.exportKey(
    'jwk',
    await leaf.publicKey.export({ name: 'ECDSA', namedCurve: 'P-256' }, ['verify']),
  );
}

function checkShape(payload: Fields, now: Date): void {
  const seconds = now.getTime() / 1000;
  try {
    if (payload['aud'] !== audience) throw new Problem('request_not_genuine');
    if (number(payload['exp'], 'exp') < seconds) throw new Problem('request_expired');
    if (number(payload['iat'], 'iat') > seconds + skewSeconds) throw new Problem('request_not_genuine');
    if (payload['response_mode'] !== 'direct_post.jwt') throw new Problem('request_unsupported');
    if (!trustworthy(text(payload['response_uri'], 'response_uri'))) throw new Problem('request_unsupported');
    if (text(payload['nonce'], 'nonce').length < 16) throw new Problem('request_not_genuine');
    // What is not understood is not agreed to.
    if (payload['transaction_data'] !== undefined) throw new Problem('request_unsupported');
  } catch (error) {
    if (error instanceof Unreadable) throw new Problem('request_not_genuine');
    throw error;
  }
}

async function weigh(
  payload: Fields,
  resolved: ResolvedOpenid4vpAuthorizationRequest,
  registration: Registration,
  now: Date,
): Promise<Asked> {
  let question;
  try {
    question = readQuery(payload['dcql_query']);
  } catch (error) {
    if (error instanceof Unreadable) throw new Problem('request_unsupported');
    throw error;
  }
  refuseOverAsking(question, registration);
  const card = await recall('card');
  if (!card) throw new Problem('no_card');
  if (card.state === 'ended') throw new Problem('card_ended');
  if (!question.vcts.includes(card.vct)) throw new Problem('level_missing');
  const paths = answer(question, card.claims);
  if (!paths) throw new Problem('claim_missing');
  return {
    registration,
    claims: paths.map((path) => ({ path, value: select(card.claims, path)[0] })),
    card,
    resolved,
    questionId: question.id,
    expires: Math.max(number(payload['exp'], 'exp') * 1000, now.getTime()),
  };
}

/** Sends the answer. One copy is marked used before anything leaves, and is never shown again. */
export async function agree(asked: Asked): Promise<{ redirect: string | undefined }> {
  const { resolved, registration } = asked;
  const request = resolved.authorizationRequestPayload as Fields;
  const now = new Date();
  // Before a copy is taken: a passkey that is not given uses none up.
  const open = asked.card.level === 'full' ? await guardOpened() : undefined;
  const copy = await takeCopy(now.getTime());
  if (!copy) throw new Problem('no_copies');
  const key = await usable(copy.key, open);
  const paths = asked.claims.map(({ path }) => path);
  const token = await present(copy.token, key, paths, {
    audience: text(request['client_id'], 'client_id'),
    nonce: text(request['nonce'], 'nonce'),
    now,
  });
  const client = new Openid4vpClient({ callbacks: callbacks([], '') });
  const made = await client.createOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: resolved.authorizationRequestPayload,
    authorizationResponsePayload: { vp_token: { [asked.questionId]: [token] } },
    jarm: {
      encryption: { nonce: toBase64Url(randomBytes(16)) },
      serverMetadata: {
        authorization_signing_alg_values_supported: [],
        authorization_encryption_alg_values_supported: ['ECDH-ES'],
        authorization_encryption_enc_values_supported: ['A256GCM', 'A128GCM'],
      },
    },
  } as Parameters<typeof client.createOpenid4vpAuthorizationResponse>[0]);
  const { response } = await client
    .submitOpenid4vpAuthorizationResponse({
      authorizationRequestPayload: resolved.authorizationRequestPayload as never,
      authorizationResponsePayload: made.authorizationResponsePayload,
      ...(made.jarm ? { jarm: { responseJwt: made.jarm.responseJwt } } : {}),
    })
    .catch((error: unknown) => {
      throw asProblem(error);
    });
  const said = await answerOf(response);
  await remember({
    at: now.getTime(),
    kept: keptOf(said, {
      responseUri: text(request['response_uri'], 'response_uri'),
      at: now.getTime(),
      retentionDays: registration.retentionDays,
    }),
    relyingParty: registration.relyingParty,
    name: registration.name,
    purpose: registration.purpose.text,
    claims: paths,
    outcome: 'shown',
  });
  return { redirect: redirectOf(said) };
}

type Opener = Awaited<ReturnType<typeof openGuard>>;

async function guardOpened(): Promise<Opener> {
  const guard = await recall('guard');
  if (!guard) throw new Problem('passkey_cannot_guard');
  return openGuard(guard);
}

/** A copy's key, ready to sign. */
async function usable(key: HeldKey | SealedKey, open: Opener | undefined): Promise<HeldKey> {
  if ('privateKey' in key) return key;
  if (!open) throw new Problem('passkey_cannot_guard');
  return { id: key.id, jwk: key.jwk, privateKey: await open(key.sealed) };
}

/** What the verifier says to a response that it took (OpenID4VP 1.0 section 8.2). */
async function answerOf(response: Response): Promise<Fields> {
  if (!response.ok) {
    if (response.status >= 500) throw new Problem('service_down');
    if (response.status === 404 || response.status === 410) throw new Problem('request_expired');
    if (response.status === 409) throw new Problem('request_used');
    throw new Problem('answer_refused');
  }
  return (await response.json().catch(() => ({}))) as Fields;
}

function redirectOf(said: Fields): string | undefined {
  const redirect = said['redirect_uri'];
  return typeof redirect === 'string' && trustworthy(redirect) ? redirect : undefined;
}

/** Tells the asker that the holder does not agree; nothing of the card goes with it. */
export async function decline(asked: Asked): Promise<{ redirect: string | undefined }> {
  const request = asked.resolved.authorizationRequestPayload as Fields;
  const { registration } = asked;
  await remember({
    at: Date.now(),
    relyingParty: registration.relyingParty,
    name: registration.name,
    purpose: registration.purpose.text,
    claims: [],
    outcome: 'declined',
  });
  const response = await tell(request, 'access_denied');
  const said = await answerOf(response).catch((): Fields => ({}));
  return { redirect: redirectOf(said) };
}
