import { describe, expect, it } from 'vitest';
import { reasonKind } from '../src/lib/reason';
import {
  credentialsOf,
  flatten,
  inOrder,
  range,
  readDesk,
  readState,
  result,
  type Verdict,
} from '../src/lib/read';

const verdict = (more: object) =>
  readState({ state: 'verdict', verdict: { checked_at: '2026-11-23T10:00:00Z', ...more } });

describe('what the desk is told', () => {
  it('is shown as it is', () => {
    const state = verdict({
      outcome: 'valid',
      claims: { family_name: 'Sample', age_equal_or_over: { '18': true } },
      issuer: { id: 'https://authority.example', name: { en: 'City', id: 'Kota' } },
      status_age_s: 4,
    });
    expect(state).toMatchObject({
      verdict: {
        claims: [
          { path: ['family_name'], value: 'Sample' },
          { path: ['age_equal_or_over', '18'], value: true },
        ],
        issuer: { en: 'City', id: 'Kota' },
        statusAge: 4,
      },
    });
  });

  it('carries no data unless the card is valid', () => {
    for (const outcome of ['not_valid', 'cannot_tell'])
      expect(verdict({ outcome, reason: 'revoked', claims: { family_name: 'Sample' } })).toMatchObject({
        verdict: { claims: [] },
      });
  });

  it('is refused when it is no verdict or no state', () => {
    expect(() => verdict({ outcome: 'probably' })).toThrow();
    expect(() => readState({ state: 'fine' })).toThrow();
    expect(() => readState(null)).toThrow();
  });

  it('is a no when the one answer is no, whatever the card is', () => {
    const said = (yes: boolean): Verdict => ({
      outcome: 'valid',
      reason: undefined,
      claims: flatten({ pseudonyms: { cafe: 'x' }, age_equal_or_over: { '18': yes } }),
      level: undefined,
      issuer: undefined,
      checkedAt: 0,
      statusAge: undefined,
    });
    expect(result(said(true))).toEqual({ path: ['age_equal_or_over', '18'], yes: true });
    expect(result(said(false))?.yes).toBe(false);
  });

  it('comes in the order in which it is registered', () => {
    const claims = flatten({ birthdate: 'b', family_name: 'f', extra: 'e' });
    expect(inOrder(claims, [['family_name'], ['birthdate']]).map(({ value }) => value)).toEqual([
      'f',
      'b',
      'e',
    ]);
  });

  it('has a reason in words', () => {
    const because = (reason: string) => reasonKind({ reason } as Verdict);
    expect(because('revoked')).toBe('revoked');
    expect(because('status_stale')).toBe('stale');
    expect(because('age_not_reached')).toBe('age');
    expect(because('something_new')).toBe('other');
  });
});

describe('the sign-in link', () => {
  it('names the desk and its code', () => {
    expect(credentialsOf('#hotel-nansha:AB12-x_9')).toEqual({
      relyingParty: 'hotel-nansha',
      accessCode: 'AB12-x_9',
    });
  });
  it('is nothing else', () => {
    for (const hash of ['', '#', '#hotel', '#hotel:', '#a:b:c', '#a:<b>'])
      expect(credentialsOf(hash)).toBeUndefined();
  });
});

describe('a desk', () => {
  const desk = {
    relying_party: { id: 'hotel-nansha', name: { en: 'Hotel' } },
    device: '3f9c21d7',
    purposes: [],
    has_staff: true,
  };

  it('has somebody on shift, or nobody', () => {
    expect(readDesk({ ...desk, shift: null }).shift).toBeUndefined();
    const shift = { staff: 'mei', role: 'manager', ends_at: '2026-11-23T12:00:00Z' };
    expect(readDesk({ ...desk, shift }).shift).toMatchObject({ staff: 'mei', role: 'manager' });
    expect(() => readDesk({ ...desk, shift: { role: 'manager' } })).toThrow(TypeError);
  });
});

describe('days of a record', () => {
  it('are whole, from the beginning of the first to the end of the last', () => {
    const { from, until } = range('2026-11-01', '2026-11-30');
    const hours = (Date.parse(until) - Date.parse(from)) / 3_600_000;
    expect(hours).toBeGreaterThanOrEqual(30 * 24 - 1);
    expect(new Date(from).getHours()).toBe(0);
    expect(new Date(until).getDate()).toBe(1);
  });

  it('are dates', () => {
    expect(() => range('', '2026-11-30')).toThrow(TypeError);
    expect(() => range('2026-13-01', '2026-11-30')).toThrow(TypeError);
  });
});
