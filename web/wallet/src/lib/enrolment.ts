import { evidenceKinds, type EvidenceKind } from '@tanda/ui/evidence';
import { askOf } from './applicant';
import { readAppointment, type Appointment } from './appointment';
import { ask } from './oauth';
import { generalProblem, problemOf, readJson } from './http';
import { fields, list, number, oneOf, optional, text } from './read';
import { Problem } from './problem';
import type { FrameAnswer, Guidance, Step } from './capture';
import type { Level } from './dcql';
import type { PendingEnrolment } from './store';

/** What is agreed to; the authority records which wording it was. */
export const consentVersion = '2026-11';

/** What the authority tells of a reading: the same for every fault of the card. */
const chipOutcomes = ['read', 'not-read', 'again'] as const;
export type ChipOutcome = (typeof chipOutcomes)[number];

/** What an application for the full card has, and what it still needs: of each choice, one will do. */
export interface Gathered {
  counterCode: string;
  expiresAt: number;
  held: EvidenceKind[];
  missing: EvidenceKind[][];
  /** When the applicant comes to a counter, if that is agreed. */
  appointment: Appointment | undefined;
  /** What the last reading of the physical card came to. */
  chip: ChipOutcome | undefined;
  /** When that reading ended: the next may come to the same. */
  chipAt: number | undefined;
}

export type Decision =
  | { state: 'capturing' | 'deciding' | 'referred' | 'expired' }
  | { state: 'gathering'; gathered: Gathered }
  | { state: 'approved'; offer: string }
  | { state: 'refused'; tryAgainAfter: number | undefined };

/** Opens an enrolment at the authority. The answer is the same whether or not the number exists. */
export async function beginEnrolment(
  issuer: string,
  who: { number: string; name: string },
  level: Level,
  locale: string,
): Promise<PendingEnrolment> {
  const application = { number: who.number, name: who.name, consent: consentVersion, locale, level };
  const response = await ask(issuer, 'POST', '/enrolments', application);
  if (!response.ok) {
    const document = await problemOf(response);
    if (response.status === 400 || response.status === 422) throw new Problem('number_malformed');
    throw generalProblem(response, document);
  }
  const body = fields(await readJson(response), 'enrolment');
  return {
    issuer,
    level,
    id: text(body['enrolment_id'], 'enrolment_id'),
    token: text(body['token'], 'token'),
    stepsTotal: number(body['steps_total'], 'steps_total'),
    step: text(body['step'], 'step'),
    done: 0,
    expiresAt: Date.parse(text(body['expires_at'], 'expires_at')),
    captured: false,
  };
}

function ended(status: number): boolean {
  return status === 401 || status === 404 || status === 410;
}

/**
 * Sends one picture of the camera straight to the authority. There is no answer once the authority takes no more,
 * done or not: it has decided, or can be asked to.
 */
export async function sendFrame(
  enrolment: PendingEnrolment,
  step: number,
  picture: Blob,
  signal: AbortSignal,
): Promise<FrameAnswer | undefined> {
  const response = await askOf(enrolment, `/frames?step=${step}`, { body: picture, signal, seconds: 15 });
  if (!response.ok) {
    if (ended(response.status)) throw new Problem('enrolment_expired');
    const document = await problemOf(response);
    if (document.code === 'not-capturing') return undefined;
    throw generalProblem(response, document);
  }
  const body = fields(await readJson(response), 'frame answer');
  return {
    guidance: text(body['guidance'], 'guidance') as Guidance,
    accepted: body['accepted'] === true,
    done: number(body['done'], 'done'),
    total: number(body['total'], 'total'),
    step: (optional(body['step'], (value) => text(value, 'step')) as Step | undefined) ?? null,
  };
}

function readKind(value: unknown): EvidenceKind {
  return oneOf(evidenceKinds, value, 'evidence');
}

function readGathered(value: unknown): Gathered {
  const gathered = fields(value, 'gathered');
  return {
    counterCode: text(gathered['counter_code'], 'counter_code'),
    expiresAt: Date.parse(text(gathered['expires_at'], 'expires_at')),
    held: list(gathered['held'], 'held').map(readKind),
    missing: list(gathered['missing'], 'missing').map((choice) => list(choice, 'choice').map(readKind)),
    appointment: optional(gathered['appointment'], readAppointment),
    chip: optional(gathered['chip'], (one) => oneOf(chipOutcomes, one, 'chip')),
    chipAt: optional(gathered['chip_at'], (when) => Date.parse(text(when, 'chip_at'))),
  };
}

function readDecision(value: unknown): Decision {
  const body = fields(value, 'decision');
  const state = text(body['state'], 'state');
  switch (state) {
    case 'gathering':
      return { state, gathered: readGathered(body['gathered']) };
    case 'approved':
      return { state, offer: text(body['credential_offer'], 'credential_offer') };
    case 'refused': {
      const after = optional(body['try_again_after'], (when) => Date.parse(text(when, 'try_again_after')));
      return { state, tryAgainAfter: after };
    }
    case 'capturing':
    case 'deciding':
    case 'referred':
    case 'expired':
      return { state };
    default:
      throw new Problem('unexpected');
  }
}

async function decisionFrom(response: Response): Promise<Decision> {
  if (response.ok) return readDecision(await readJson(response));
  // 409: the authority has fewer steps than we think; only a new start helps.
  if (ended(response.status) || response.status === 409) return { state: 'expired' };
  throw generalProblem(response, await problemOf(response));
}

/** Asks for the decision once all steps are captured. Asking twice changes nothing. */
export async function complete(enrolment: PendingEnrolment): Promise<Decision> {
  const response = await askOf(enrolment, '/complete', { body: {}, seconds: 60 });
  return decisionFrom(response);
}

/** Waits up to `seconds` for the state to change (long polling). */
export async function awaitDecision(
  enrolment: PendingEnrolment,
  seconds: number,
  signal: AbortSignal,
): Promise<Decision> {
  const response = await askOf(enrolment, `?wait=${seconds}`, { signal, seconds: seconds + 15 });
  return decisionFrom(response);
}
