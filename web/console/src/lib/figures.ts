import { fields, list, number, optional, text } from '@tanda/ui/read';
import { readFinding, type Finding } from './applications';
import { get } from './http';

/** What came of applications in one hour. */
export interface Hour {
  /** By this machine's clock, like every moment here. */
  begins: number;
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
  };
}

export async function figures(asking: { unattended?: boolean } = {}): Promise<Figures> {
  return readFigures(await get('/console/figures', asking));
}
