import { evidenceKinds, type EvidenceKind } from '@tanda/ui/evidence';
import type { LocalText } from '@tanda/ui/language.svelte';
import { fields, list, localText, number, oneOf, optional, text } from '@tanda/ui/read';
import { readFrame, readPerson, type Frame, type Person, type Verdict } from './applications';
import { get, post } from './http';
import { Problem } from './problem';

export const fingers = [
  'right-thumb',
  'right-index',
  'right-middle',
  'right-ring',
  'right-little',
  'left-thumb',
  'left-index',
  'left-middle',
  'left-ring',
  'left-little',
] as const;
export type Finger = (typeof fingers)[number];

export const chipFaults = [
  'wrong-access-number',
  'card-removed',
  'reader-gone',
  'timed-out',
  'disturbed',
  'not-readable',
  'access-changed',
  'tampered',
  'copy',
  'no-proof',
  'unknown-country',
  'signer-expired',
  'signer-revoked',
  'revocation-unknown',
  'weak-signature',
  'bad-signature',
  'other-state',
  'malformed',
  'not-attested',
  'other-person',
  'other-face',
  'card-expired',
  'card-lost',
] as const;

/** What the last reading of the physical card came to. */
export interface ChipOutcome {
  fault: (typeof chipFaults)[number] | undefined;
  at: number;
}

/** What the chip of the physical card says, once it holds. */
export interface Card {
  /** A `data:` URL. */
  portrait: string | undefined;
  /** What the chip knows, to compare with. */
  fingers: Finger[];
  state: string;
  expiry: string | undefined;
  sandbox: boolean;
  attested: boolean;
}

/** What holds, and what is missing: of each choice, one will do. */
export interface Progress {
  held: EvidenceKind[];
  missing: EvidenceKind[][];
  expiresAt: number;
  chip: ChipOutcome | undefined;
}

/** An office, and who comes there next: the codes that their screens show. */
export interface Visits {
  id: string;
  name: LocalText;
  expected: { startsAt: number; code: string }[];
}

/** The application of whoever stands at the counter. */
export interface Attended {
  id: string;
  resident: Person;
  frames: Frame[];
  enrolledFingers: Finger[];
  progress: Progress;
}

const causes = [
  'blank',
  'no-ridges',
  'too-little',
  'too-faint',
  'not-a-finger',
  'too-few-minutiae',
  'not-a-picture',
  'damaged',
  'resolution-unknown',
  'resolution',
  'size',
] as const;
export type RetakeCause = (typeof causes)[number];

/** What came of fingers. */
export interface Compared {
  outcome: 'alike' | 'different' | 'again';
  score: number | undefined;
  line: number | undefined;
  fingers: number;
  /** Which of them are unlike by themselves. */
  unlike: Finger[];
  left: number | undefined;
  again: { finger: Finger; why: RetakeCause }[];
}

/** A picture that the scanner's software wrote, and the finger that its name says, or that somebody chose. */
export interface Scanned {
  name: string;
  finger: Finger | undefined;
  /** Base64. */
  bytes: string;
  /** A `data:` URL, where a browser can show it. */
  shown: string | undefined;
}

/** The largest hand-in, in bytes: what the server takes as base64. */
const most = 6_000_000;

/** Whose finger a file is of by its name: `right-index.png`. */
export function fingerOf(name: string): Finger | undefined {
  const stem = name
    .toLowerCase()
    .replace(/\.[^.]*$/, '')
    .replaceAll('_', '-');
  return fingers.find((finger) => finger === stem);
}

async function base64Of(file: Blob): Promise<string> {
  const bytes = await file.arrayBuffer().catch(() => {
    throw new Problem('fingers_unreadable');
  });
  return btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(''));
}

/** Reads the scanner's files; what is no picture by its name is left out. */
export async function readScans(files: Iterable<File>): Promise<Scanned[]> {
  const pictures = [...files].filter((file) => /\.(png|bmp|tiff?|pgm)$/i.test(file.name));
  if (pictures.length === 0) throw new Problem('fingers_unreadable');
  if (pictures.reduce((sum, file) => sum + file.size, 0) > most) throw new Problem('fingers_too_large');
  return Promise.all(
    pictures.map(async (file) => {
      const bytes = await base64Of(file);
      const kind = /\.(png|bmp)$/i.exec(file.name)?.[1]?.toLowerCase();
      const shown = kind && `data:image/${kind};base64,${bytes}`;
      return { name: file.name, finger: fingerOf(file.name), bytes, shown };
    }),
  );
}

function readOutcome(value: unknown): ChipOutcome {
  const outcome = fields(value, 'chip');
  return {
    fault: optional(outcome['fault'], (one) => oneOf(chipFaults, one, 'fault')),
    at: Date.parse(text(outcome['at'], 'at')),
  };
}

export function readCard(value: unknown): Card {
  const card = fields(value, 'chip');
  return {
    portrait: optional(card['portrait'], (one) => text(one, 'portrait')),
    fingers: list(card['fingers'], 'fingers').map((one) => oneOf(fingers, one, 'finger')),
    state: text(card['state'], 'state'),
    expiry: optional(card['expiry'], (one) => text(one, 'expiry')),
    sandbox: card['sandbox'] === true,
    attested: card['attested'] === true,
  };
}

export function readProgress(value: unknown): Progress {
  const progress = fields(value, 'progress');
  const kind = (one: unknown): EvidenceKind => oneOf(evidenceKinds, one, 'evidence');
  return {
    held: list(progress['held'], 'held').map(kind),
    missing: list(progress['missing'], 'missing').map((choice) => list(choice, 'choice').map(kind)),
    expiresAt: Date.parse(text(progress['expires_at'], 'expires_at')),
    chip: optional(progress['chip'], readOutcome),
  };
}

export function readAttended(value: unknown): Attended {
  const seen = fields(value, 'application');
  return {
    id: text(seen['id'], 'id'),
    resident: readPerson(seen['resident']),
    frames: list(seen['frames'], 'frames').map(readFrame),
    enrolledFingers: list(seen['enrolled_fingers'], 'enrolled_fingers').map((one) =>
      oneOf(fingers, one, 'finger'),
    ),
    progress: readProgress(seen['progress']),
  };
}

export function readCompared(value: unknown): Compared {
  const compared = fields(value, 'fingers');
  const figure = (name: string): number | undefined => optional(compared[name], (one) => number(one, name));
  return {
    outcome: oneOf(['alike', 'different', 'again'] as const, compared['outcome'], 'outcome'),
    score: figure('score'),
    line: figure('line'),
    fingers: number(compared['fingers'], 'fingers'),
    unlike: list(compared['unlike'], 'unlike').map((one) => oneOf(fingers, one, 'finger')),
    left: figure('left'),
    again: list(compared['again'], 'again').map((entry) => {
      const one = fields(entry, 'finger');
      return { finger: oneOf(fingers, one['finger'], 'finger'), why: oneOf(causes, one['why'], 'why') };
    }),
  };
}

export function readVisits(value: unknown): Visits[] {
  return list(value, 'offices').map((entry) => {
    const office = fields(entry, 'office');
    return {
      id: text(office['id'], 'id'),
      name: localText(office['name'], 'name'),
      expected: list(office['expected'], 'expected').map((one) => {
        const visit = fields(one, 'visit');
        return {
          startsAt: Date.parse(text(visit['starts_at'], 'starts_at')),
          code: text(visit['code'], 'code'),
        };
      }),
    };
  });
}

const place = (id: string): string => `/console/counter/${encodeURIComponent(id)}`;

/** Who comes to each office on the next day that somebody does. */
export async function visits(): Promise<Visits[]> {
  return readVisits(await get('/console/appointments', { unattended: true }));
}

/** Looks at an application. Every look is recorded, so this is asked for once a look. */
export async function look(code: string, reason: string): Promise<Attended> {
  return readAttended(await post('/console/counter/look', { code, reason }));
}

export async function progress(id: string): Promise<Progress> {
  return readProgress(await get(place(id), { unattended: true }));
}

/** Opens a relay for the card on the counter's reader, and says where it is. */
export async function readChip(id: string, accessNumber: string, reason: string): Promise<string> {
  const body = { access_number: accessNumber, reason };
  return text(fields(await post(`${place(id)}/chip`, body), 'relay')['relay'], 'relay');
}

/** What the counter's registered reader is to sign, for a card whose chip is closed to the authority. */
export async function askReader(id: string, reason: string): Promise<string> {
  const question = fields(await post(`${place(id)}/chip/question`, { reason }), 'question');
  const names = ['authority', 'enrolment', 'nonce'] as const;
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, text(question[name], name)])));
}

/** Hands in what it signed; what came of it, the progress says. */
export async function handInResult(id: string, result: string, reason: string): Promise<void> {
  await post(`${place(id)}/chip/attested`, { result, reason });
}

/** What the chip says; nothing where no card holds. */
export async function chipOf(id: string): Promise<Card | undefined> {
  return optional(await get(`${place(id)}/chip`, { unattended: true }), readCard);
}

export async function takeFingers(
  id: string,
  scans: { finger: Finger; bytes: string }[],
  dotsAnInch: number | undefined,
  reason: string,
): Promise<Compared> {
  const taken = scans.map(({ finger, bytes }) => ({ finger, picture: bytes, dots_an_inch: dotsAnInch }));
  return readCompared(await post(`${place(id)}/fingers`, { fingers: taken, reason }));
}

export async function attest(id: string, verdict: Verdict, reason: string): Promise<void> {
  await post(`${place(id)}/attestation`, { verdict, reason });
}
