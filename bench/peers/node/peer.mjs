// npm's SD-JWT library at the work of ../README.md. It leaves cryptography to whoever uses it:
// `crypto-nodejs` is what its authors publish for that, by WebCrypto; `node:crypto` is OpenSSL
// called directly, which is the fastest that Node.js has.
import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { SDJwtInstance } from '@sd-jwt/core';
import { ES256, digest, generateSalt } from '@sd-jwt/crypto-nodejs';

/** What V8 needs to have run before it compiles: afterwards it no longer gets faster. */
const WARM_UP = 300;

/** What the library asks of cryptography, by name: given the issuer's private key. */
const cryptography = {
  'crypto-nodejs': async (key) => ({
    hasher: digest,
    saltGenerator: generateSalt,
    signer: await ES256.getSigner(key.export({ format: 'jwk' })),
    verifier: await ES256.getVerifier(createPublicKey(key).export({ format: 'jwk' })),
    kbVerifier: async (data, signature, { cnf }) => (await ES256.getVerifier(cnf.jwk))(data, signature),
  }),
  'node:crypto': (key) => {
    const form = (key) => ({ key, dsaEncoding: 'ieee-p1363' });
    const checks = (key, data, signature) =>
      verify('sha256', Buffer.from(data), form(key), Buffer.from(signature, 'base64url'));
    const issuer = createPublicKey(key);
    return {
      hasher: (data) => createHash('sha256').update(data).digest(),
      saltGenerator: (length) => randomBytes(length).toString('base64url'),
      signer: (data) => sign('sha256', Buffer.from(data), form(key)).toString('base64url'),
      verifier: (data, signature) => checks(issuer, data, signature),
      kbVerifier: (data, signature, { cnf }) =>
        checks(createPublicKey({ key: cnf.jwk, format: 'jwk' }), data, signature),
    };
  },
};

async function work(job) {
  const key = createPrivateKey({ key: Buffer.from(job.issuer_pkcs8, 'base64'), format: 'der', type: 'pkcs8' });
  const sdJwt = new SDJwtInstance({ hashAlg: 'sha-256', signAlg: 'ES256', ...(await cryptography[chosen](key)) });
  const claims = { ...job.visible, ...job.disclosable, cnf: { jwk: job.holder } };
  const frame = { _sd: Object.keys(job.disclosable) };
  return {
    verify: () => sdJwt.verify(job.presentation, { keyBindingNonce: job.nonce }),
    issue: () => sdJwt.issue(claims, frame),
  };
}

const seconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const say = (value) => console.log(JSON.stringify(value));

const chosen = process.argv[2];
const { version } = JSON.parse(readFileSync(new URL('node_modules/@sd-jwt/core/package.json', import.meta.url)));
let runs;
for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  if (!asked.act) {
    runs = await work(asked);
    for (let run = 0; run < WARM_UP; run++) {
      await runs.verify();
      await runs.issue();
    }
    const { payload, kb } = await runs.verify();
    if (kb.payload.aud !== asked.audience) throw new Error('for another audience');
    say({ library: `@sd-jwt/core ${version} (npm) with ${chosen}`, claims: payload, issued: await runs.issue() });
  } else {
    const began = seconds();
    for (let run = 0; run < asked.runs; run++) await runs[asked.act]();
    say((seconds() - began) / asked.runs);
  }
}
