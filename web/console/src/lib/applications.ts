import { fields, list, number, oneOf, optional, text } from '@tanda/ui/read';
import { get, post } from './http';

/** Why an application was referred; each has a sentence (`finding.<kind>`). */
const findings = [
  'number_unknown',
  'name_differs',
  'deceased',
  'card_reported_lost',
  'card_suspended',
  'challenge_failed',
  'not_live',
  'liveness_uncertain',
  'person_changed',
  'face_differs',
  'face_uncertain',
  'looks_like_another',
] as const;
export type Finding = (typeof findings)[number] | 'unlisted';

export interface Waiting {
  id: string;
  /** By this machine's clock. */
  since: number;
  findings: Finding[];
  /** Who has to decide it, when this officer may not. */
  heldFor: 'supervisor' | 'colleague' | undefined;
}

export interface Person {
  name: string;
  number: string;
  birthDate: string;
  deceased: boolean;
  cardLost: boolean;
  portrait: string;
}

const steps = ['look_straight', 'turn_left', 'turn_right', 'close_eyes'] as const;
export type Step = (typeof steps)[number];

/** What the camera saw at one step. */
export interface Frame {
  step: Step;
  picture: string;
}

const strengths = ['clear', 'narrow', 'doubtful', 'against'] as const;
export type Strength = (typeof strengths)[number];

export interface Score {
  what: 'portrait' | 'same_person' | 'live';
  score: number | undefined;
  line: number;
  strength: Strength;
}

export interface Evidence {
  id: string;
  since: number;
  findings: Finding[];
  typedName: string;
  resident: Person;
  frames: Frame[];
  scores: Score[];
  lookalikes: { person: Person; similarity: number }[];
  /** How many cards are suspended until it is decided. */
  frozen: number;
}

export type Verdict = 'approve' | 'refuse';
/** What can be done about an application: decide it, or suspend the cards in question until it is decided. */
export type Choice = Verdict | 'freeze' | 'release';

export function readFinding(value: unknown): Finding {
  return findings.find((known) => known === value) ?? 'unlisted';
}

/** Pictures come as data and never as addresses, so that nothing is fetched by showing one. */
export function picture(value: unknown): string {
  const url = text(value, 'picture');
  if (!/^data:image\/(jpeg|png|webp);base64,/.test(url)) throw new TypeError('not a picture');
  return url;
}

export function readPerson(value: unknown): Person {
  const person = fields(value, 'person');
  return {
    name: text(person['name'], 'name'),
    number: text(person['number'], 'number'),
    birthDate: text(person['birth_date'], 'birth_date'),
    deceased: person['deceased'] === true,
    cardLost: person['card_lost'] === true,
    portrait: picture(person['portrait']),
  };
}

export function readFrame(value: unknown): Frame {
  const frame = fields(value, 'frame');
  return { step: oneOf(steps, frame['step'], 'step'), picture: picture(frame['picture']) };
}

export function readQueue(value: unknown): Waiting[] {
  const queue = fields(value, 'queue');
  const drift = Date.now() - Date.parse(text(queue['now'], 'now'));
  return list(queue['applications'], 'applications').map((entry) => {
    const waiting = fields(entry, 'application');
    return {
      id: text(waiting['id'], 'id'),
      since: Date.parse(text(waiting['since'], 'since')) + drift,
      findings: list(waiting['findings'], 'findings').map(readFinding),
      heldFor: optional(waiting['held_for'], (who) =>
        oneOf(['supervisor', 'colleague'] as const, who, 'held_for'),
      ),
    };
  });
}

export function readEvidence(value: unknown): Evidence {
  const evidence = fields(value, 'evidence');
  return {
    id: text(evidence['id'], 'id'),
    since: Date.parse(text(evidence['since'], 'since')),
    findings: list(evidence['findings'], 'findings').map(readFinding),
    typedName: text(evidence['typed_name'], 'typed_name'),
    resident: readPerson(evidence['resident']),
    frames: list(evidence['frames'], 'frames').map(readFrame),
    scores: list(evidence['scores'], 'scores').map((entry) => {
      const score = fields(entry, 'score');
      return {
        what: oneOf(['portrait', 'same_person', 'live'] as const, score['what'], 'what'),
        score: optional(score['score'], (value) => number(value, 'score')),
        line: number(score['line'], 'line'),
        strength: oneOf(strengths, score['strength'], 'strength'),
      };
    }),
    lookalikes: list(evidence['lookalikes'], 'lookalikes').map((entry) => {
      const lookalike = fields(entry, 'lookalike');
      return {
        person: readPerson(lookalike['person']),
        similarity: number(lookalike['similarity'], 'similarity'),
      };
    }),
    frozen: number(evidence['frozen'], 'frozen'),
  };
}

export async function queue(asking: { unattended?: boolean } = {}): Promise<Waiting[]> {
  return readQueue(await get('/console/applications', asking));
}

/** Looks at an application. Every look is recorded, so this is asked for once a look. */
export async function look(id: string): Promise<Evidence> {
  return readEvidence(await post(`/console/applications/${encodeURIComponent(id)}/look`));
}

export async function decide(id: string, verdict: Verdict, reason: string): Promise<void> {
  await post(`/console/applications/${encodeURIComponent(id)}/decision`, { verdict, reason });
}

/** Suspends the cards of everybody whom the face may be, or restores them; says how many are suspended now. */
export async function hold(id: string, what: 'freeze' | 'release', reason: string): Promise<number> {
  const held = await post(`/console/applications/${encodeURIComponent(id)}/${what}`, { reason });
  return number(fields(held, 'frozen')['frozen'], 'frozen');
}
