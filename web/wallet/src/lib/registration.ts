import { BadSignature, verifySigned } from './jws';
import { levelOf, readPath, type ClaimPath, type Level, type Question } from './dcql';
import { fields, list, localText, number, optional, text, Unreadable, type Fields } from './read';
import { mustStand } from './registration-status';
import { BadChain, skewSeconds, uris, type Certificate } from './x509';
import { Problem } from './problem';

/** What a relying party registered for a purpose, and may therefore ask. */
export interface Registration {
  relyingParty: string;
  name: Record<string, string>;
  purpose: { id: string; text: Record<string, string> };
  level: Level;
  claims: ClaimPath[];
  retentionDays: number;
  /** The desk sees a result, and none of the data. */
  resultOnly: boolean;
  privacyPolicy: string | undefined;
}

/** Finds and checks the registration certificate that came with a request (`verifier_info`, OpenID4VP 1.0 section 5.11). */
export async function readRegistration(
  verifierInfo: unknown,
  expected: { registrars: readonly Certificate[]; accessCertificate: string; now: Date },
): Promise<Registration> {
  const certificate = only(verifierInfo, 'registration_cert');
  if (certificate === undefined) throw new Problem('asker_unregistered');
  try {
    const { payload, leaf } = await verifySigned(certificate, {
      typ: 'rc-rp+jwt',
      anchors: expected.registrars,
      now: expected.now,
    });
    // Access certificates may hang under the same authority as the registrar's: only the registrar's bears its own
    // address, so no relying party can sign a registration for itself.
    if (!uris(leaf).includes(text(payload['iss'], 'iss'))) throw new Problem('asker_unregistered');
    const seconds = expected.now.getTime() / 1000;
    if (number(payload['iat'], 'iat') > seconds + skewSeconds) throw new Problem('asker_unregistered');
    if (number(payload['exp'], 'exp') < seconds - skewSeconds) throw new Problem('asker_unregistered');
    if (payload['access_certificate'] !== expected.accessCertificate) throw new Problem('asker_unregistered');
    const registration = view(payload);
    const { registrars, now } = expected;
    const status = only(verifierInfo, 'statuslist+jwt');
    await mustStand(payload, status, { registrars, now, who: registration.name });
    return registration;
  } catch (error) {
    if (error instanceof BadSignature || error instanceof BadChain || error instanceof Unreadable)
      throw new Problem('asker_unregistered');
    throw error;
  }
}

/** The one attestation of a kind; two would leave open which one counts. */
function only(verifierInfo: unknown, format: string): string | undefined {
  const entries = Array.isArray(verifierInfo) ? (verifierInfo as unknown[]) : [];
  const found = entries
    .filter((entry): entry is Fields => typeof entry === 'object' && entry !== null)
    .filter((entry) => entry['format'] === format && typeof entry['data'] === 'string');
  return found.length === 1 ? (found[0]?.['data'] as string) : undefined;
}

function view(payload: Fields): Registration {
  const purpose = fields(payload['purpose'], 'purpose');
  const level = payload['level'];
  if (level !== 'light' && level !== 'full') throw new Unreadable('level');
  const policy = optional(payload['privacy_policy'], (value) => text(value, 'privacy_policy'));
  return {
    relyingParty: text(payload['sub'], 'sub'),
    name: localText(payload['name'], 'name'),
    purpose: { id: text(purpose['id'], 'purpose'), text: localText(purpose['text'], 'text') },
    level,
    claims: list(payload['claims'], 'claims').map(readPath),
    retentionDays: number(payload['retention_days'], 'retention_days'),
    resultOnly: payload['result_only'] === true,
    privacyPolicy: policy !== undefined && /^https?:\/\//.test(policy) ? policy : undefined,
  };
}

function covers(registered: ClaimPath, asked: ClaimPath): boolean {
  const reaches = (part: string | number | null, n: number): boolean =>
    part === asked[n] || (part === null && typeof asked[n] === 'number');
  return registered.length <= asked.length && registered.every(reaches);
}

/** A pseudonym is for the one whose name it bears, whatever is registered: others' would link the holder. */
function ofAnother(path: ClaimPath, relyingParty: string): boolean {
  return path[0] === 'pseudonyms' && (path.length !== 2 || path[1] !== relyingParty);
}

/** Refuses a question that goes beyond the registration, saying by what. */
export function refuseOverAsking(question: Question, registration: Registration): void {
  const allowed = (path: ClaimPath): boolean =>
    !ofAnother(path, registration.relyingParty) &&
    registration.claims.some((registered) => covers(registered, path));
  const beyond = question.claims.map((claim) => claim.path).filter((path) => !allowed(path));
  if (beyond.length > 0) throw new Problem('over_asking_data', { claims: beyond });
  const levels = question.vcts.map(levelOf);
  if (levels.includes(undefined)) throw new Problem('request_unsupported');
  // Who registered for the light card may not insist on the full one.
  if (registration.level === 'light' && !levels.includes('light')) throw new Problem('over_asking_level');
}
