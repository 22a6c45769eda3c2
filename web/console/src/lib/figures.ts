import { fields, list, number, oneOf, optional, text } from '@tanda/ui/read';
import { readFinding, type Finding } from './applications';
import { get } from './http';

/** What came of applications in one hour. */
export interface Hour {
  /** By this machine's clock, like every moment here. */
  begins: number;
  /** Applications that were begun. */
  begun: number;
  approved: number;
  referred: number;
  refused: number;
}

export const outcomes = ['approved', 'referred', 'refused'] as const;
export type Outcome = (typeof outcomes)[number];

export interface Figures {
  hours: Hour[];
  waiting: number;
  oldest: number | undefined;
  /** Seconds. */
  medianWait: number | undefined;
  refusedFor: { finding: Finding; count: number }[];
  attacks: { attack: Attack; count: number }[];
  /** What was said of the pictures that wallets sent. */
  pictures: { said: PictureSaid; count: number }[];
  health: Checked[];
}

/** What is turned away before there is anything to weigh. */
const attacks = ['slowed', 'replayed', 'token_reused', 'passkey_refused'] as const;
export type Attack = (typeof attacks)[number];

/** What an applicant was told of a picture; `none` where it was no picture. */
const said = [
  'good',
  'no_face',
  'two_faces',
  'too_far',
  'too_near',
  'off_centre',
  'too_dark',
  'too_bright',
  'blurred',
  'look_straight',
  'turn_left',
  'turn_right',
  'close_eyes',
  'none',
] as const;
export type PictureSaid = (typeof said)[number];

const checks = ['models', 'log', 'housekeeping', 'room'] as const;
export type Check = (typeof checks)[number];

/** How something is that the authority needs. */
export interface Checked {
  check: Check;
  /** Whether nobody has to do anything. */
  good: boolean;
  /** When it was last done, or since when it is not. */
  at: number | undefined;
  /** Bytes. */
  free: number | undefined;
}

export function readFigures(value: unknown): Figures {
  const figures = fields(value, 'figures');
  const drift = Date.now() - Date.parse(text(figures['now'], 'now'));
  const moment = (at: unknown): number => Date.parse(text(at, 'moment')) + drift;
  return {
    hours: list(figures['hours'], 'hours').map((entry) => {
      const hour = fields(entry, 'hour');
      return {
        begins: Date.parse(text(hour['begins'], 'begins')),
        begun: number(hour['begun'], 'begun'),
        approved: number(hour['approved'], 'approved'),
        referred: number(hour['referred'], 'referred'),
        refused: number(hour['refused'], 'refused'),
      };
    }),
    waiting: number(figures['waiting'], 'waiting'),
    oldest: optional(figures['oldest'], moment),
    medianWait: optional(figures['median_wait'], (wait) => number(wait, 'median_wait')),
    refusedFor: list(figures['refused_for'], 'refused_for').map((entry) => {
      const reason = fields(entry, 'reason');
      return { finding: readFinding(reason['finding']), count: number(reason['count'], 'count') };
    }),
    attacks: list(figures['attacks'], 'attacks').map((entry) => {
      const attack = fields(entry, 'attack');
      return { attack: oneOf(attacks, attack['attack'], 'attack'), count: number(attack['count'], 'count') };
    }),
    pictures: list(figures['pictures'], 'pictures').map((entry) => {
      const picture = fields(entry, 'picture');
      return {
        said: oneOf(said, picture['said'] ?? 'none', 'said'),
        count: number(picture['count'], 'count'),
      };
    }),
    health: list(figures['health'], 'health').map((entry) => {
      const check = fields(entry, 'check');
      return {
        check: oneOf(checks, check['check'], 'check'),
        good: check['good'] === true,
        at: optional(check['at'], moment),
        free: optional(check['free'], (free) => number(free, 'free')),
      };
    }),
  };
}

export async function figures(asking: { unattended?: boolean } = {}): Promise<Figures> {
  return readFigures(await get('/console/figures', asking));
}
