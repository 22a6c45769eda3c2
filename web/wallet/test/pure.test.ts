import { describe, expect, it } from 'vitest';
import { begin, failuresBorne, follow, type Capture, type FrameAnswer } from '../src/lib/capture';
import { readCode, readLink, serviceOf, showCode } from '../src/lib/code';
import { answer, readQuery, select } from '../src/lib/dcql';
import { frameOf } from '../src/lib/sd-jwt';
import { problemOf } from '../src/lib/http';
import { claimTitles } from '../../ui/src/claims';
import { longDate, shortDate, speak, waitInWords } from '../../ui/src/language.svelte';
import { maskedNumber } from '../../ui/src/number';

describe('a typed code', () => {
  it('is read as it was meant', () => {
    expect(readCode('ab12-cd34')).toBe('AB12CD34');
    expect(readCode(' aB1l cdo4 ')).toBe('AB11CD04');
    expect(readCode('AB12–CD34')).toBe('AB12CD34');
    expect(showCode('AB12CD34')).toBe('AB12-CD34');
  });
  it('is no code with other characters or another length', () => {
    for (const typed of ['', 'AB12-CD3', 'AB12-CD345', 'AB12-CDU4', 'ÄB12-CD34'])
      expect(readCode(typed)).toBeUndefined();
  });
  it('leads to the service whose prefix it bears', () => {
    const services = [
      { url: 'https://a.example', codePrefix: 'A' },
      { url: 'https://ab.example', codePrefix: 'AB' },
      { url: 'https://none.example', codePrefix: '' },
    ];
    expect(serviceOf('AB12CD34', services)).toBe('https://ab.example');
    expect(serviceOf('AC12CD34', services)).toBe('https://a.example');
    expect(serviceOf('ZZ12CD34', services)).toBeUndefined();
  });
});

describe('a link', () => {
  const query = '?client_id=x509_hash%3Aabc&request_uri=https%3A%2F%2Fv.example%2Fr%2F1';
  it('is read from a code and from the address bar', () => {
    const link = { clientId: 'x509_hash:abc', requestUri: 'https://v.example/r/1', post: true };
    expect(readLink(`openid4vp://${query}&request_uri_method=post`)).toEqual(link);
    expect(readLink(`https://wallet.example/present${query}&request_uri_method=post`)).toEqual(link);
    expect(readLink(`openid4vp://${query}`)).toEqual({ ...link, post: false });
  });
  it('is refused when it is none, insecure, or says something twice', () => {
    for (const found of [
      'hello',
      'https://shop.example/?a=b',
      `https://wallet.example/other${query}`,
      `openid4vp://${query}&client_id=other`,
      `openid4vp://${query}&request_uri_method=PUT`,
      'openid4vp://?client_id=a&request_uri=http%3A%2F%2Fv.example%2Fr',
      'openid4vp://?client_id=a&request_uri=javascript%3Aalert(1)',
      'openid4vp://?request_uri=https%3A%2F%2Fv.example',
      `openid4vp://${query}&x=${'y'.repeat(4096)}`,
    ])
      expect(readLink(found)).toBeUndefined();
  });
});

describe('the capture', () => {
  const at = (done: number, more: Partial<FrameAnswer> = {}): FrameAnswer => ({
    guidance: 'too_far',
    accepted: false,
    done,
    total: 3,
    step: 'turn_left',
    ...more,
  });
  const answered = (answer: FrameAnswer, asked: number, seconds = 0.2) =>
    ({ kind: 'answered', answer, asked, seconds }) as const;
  const start = begin('look_straight', 3);

  it('begins by saying what to do', () => {
    expect(start).toMatchObject({ phase: 'capturing', guidance: 'look_straight', done: 0 });
  });
  it('says what keeps a frame from counting', () => {
    expect(follow(start, answered(at(0, { step: 'look_straight' }), 0))).toMatchObject({
      guidance: 'too_far',
      done: 0,
    });
  });
  it('goes on with the next step once one is done', () => {
    expect(follow(start, answered(at(1, { guidance: 'good', accepted: true }), 0))).toMatchObject({
      done: 1,
      step: 'turn_left',
      guidance: 'turn_left',
    });
  });
  it('takes no notice of an answer about a step that is behind', () => {
    const second = follow(start, answered(at(1), 0));
    expect(follow(second, answered(at(0), 0))).toBe(second);
  });
  it('ends when all steps are done, and stays there', () => {
    const end = follow(start, answered(at(3, { step: null }), 0));
    expect(end).toEqual({ phase: 'captured', total: 3 });
    expect(follow(end, { kind: 'failed' })).toBe(end);
    expect(follow(end, { kind: 'expired' })).toBe(end);
  });
  it('bears some lost frames, then stops, and resumes where it was', () => {
    let now: Capture = follow(start, answered(at(1), 0));
    for (let n = 1; n < failuresBorne; n += 1) now = follow(now, { kind: 'failed' });
    expect(now.phase).toBe('capturing');
    const recovered = follow(now, answered(at(1), 1));
    expect(recovered).toMatchObject({ failures: 0 });
    now = follow(now, { kind: 'failed' });
    expect(now).toMatchObject({ phase: 'interrupted', done: 1 });
    expect(follow(now, answered(at(2), 1))).toBe(now);
    expect(follow(now, { kind: 'resumed' })).toMatchObject({
      phase: 'capturing',
      done: 1,
      step: 'turn_left',
      failures: 0,
    });
  });
  it('says when the authority is slow, and is over when its time is up', () => {
    expect(follow(start, answered(at(0), 0, 4))).toMatchObject({ slow: true });
    expect(follow(start, { kind: 'expired' })).toEqual({ phase: 'over' });
  });
});

describe('a query', () => {
  const query = (more: object = {}) => ({
    credentials: [
      {
        id: 'card',
        format: 'dc+sd-jwt',
        meta: { vct_values: ['a'] },
        claims: [{ path: ['family_name'] }],
        ...more,
      },
    ],
  });
  it('is read', () => {
    expect(readQuery(query())).toMatchObject({
      id: 'card',
      vcts: ['a'],
      claims: [{ path: ['family_name'] }],
    });
  });
  it('is refused when a card cannot answer it', () => {
    const [one] = query().credentials;
    for (const bad of [
      {},
      { credentials: [] },
      { credentials: [one, one] },
      { ...query(), credential_sets: [] },
      query({ format: 'mso_mdoc' }),
      query({ meta: {} }),
      query({ meta: { vct_values: [] } }),
      query({ claims: [{ path: [] }] }),
      query({ claims: [{ path: [-1] }] }),
      query({ claims: [{ path: [{}] }] }),
    ])
      expect(() => readQuery(bad)).toThrow();
  });
  it('is answered with all that it names, or not at all', () => {
    const claims = { family_name: 'Sample', ages: { '18': true }, of: ['ID', 'CN'] };
    expect(answer(readQuery(query()), claims)).toEqual([['family_name']]);
    expect(answer(readQuery(query({ claims: [{ path: ['nothing'] }] })), claims)).toBeUndefined();
    expect(answer(readQuery(query({ claims: [{ path: ['ages', '18'], values: [true] }] })), claims)).toEqual([
      ['ages', '18'],
    ]);
    expect(
      answer(readQuery(query({ claims: [{ path: ['ages', '18'], values: [false] }] })), claims),
    ).toBeUndefined();
    const sets = query({
      claims: [
        { id: 'x', path: ['nothing'] },
        { id: 'y', path: ['family_name'] },
      ],
      claim_sets: [['x'], ['y']],
    });
    expect(answer(readQuery(sets), claims)).toEqual([['family_name']]);
    expect(select(claims, ['of', null])).toEqual(['ID', 'CN']);
    expect(select(claims, ['of', 1])).toEqual(['CN']);
    expect(select(claims, ['constructor'])).toEqual([]);
  });
  it('is turned into the frame of names that are disclosed', () => {
    expect(frameOf([['family_name'], ['ages', '18'], ['ages', '21'], ['of', null]])).toEqual({
      family_name: true,
      ages: { '18': true, '21': true },
      of: true,
    });
  });
});

describe('a resident number', () => {
  it('shows its last four alone until it is asked for', () => {
    expect(maskedNumber('440115199403120024', false)).toBe('•••••• •••••••• 0024');
    expect(maskedNumber('440115199403120024', true)).toBe('440115 19940312 0024');
    expect(maskedNumber('3174095203940003', false)).toBe('•••• •••• •••• 0003');
  });
});

describe('a wait', () => {
  const noon = new Date(2026, 10, 26, 12, 0, 0).getTime();
  it('is told in words, never too short, and until when', () => {
    const said = (seconds: number) => waitInWords(seconds, noon);
    expect(said(30)).toEqual({ wait: 'in 30 seconds', time: '12:00' });
    expect(said(60)).toEqual({ wait: 'in 1 minute', time: '12:01' });
    expect(said(61).wait).toBe('in 2 minutes');
    expect(said(15 * 60)).toEqual({ wait: 'in 15 minutes', time: '12:15' });
    expect(said(3 * 3600)).toEqual({ wait: 'in 3 hours', time: '15:00' });
    expect(said(24 * 3600)).toEqual({ wait: 'in 24 hours', time: '27 Nov 2026, 12:00' });
    expect(said(50 * 3600).wait).toBe('in 3 days');
  });
  it('is told in the language shown', () => {
    speak('id');
    expect(waitInWords(90, noon)).toEqual({ wait: 'dalam 2 menit', time: '12.01' });
    speak('zh');
    expect(waitInWords(90, noon)).toEqual({ wait: '2分钟后', time: '12:01' });
    expect(longDate('2031-05-09')).toBe('2031年5月9日');
    expect(shortDate('2031-05-09')).toBe('2031/05/09');
    expect(claimTitles([['family_name'], ['age_equal_or_over', '18']])).toBe('姓、年满 18 周岁');
    speak('en');
  });
  it('is read from the problem itself: other origins show no header', async () => {
    const body = JSON.stringify({ code: 'too-many-attempts', retry_after: 540 });
    expect(await problemOf(new Response(body, { status: 429 }))).toMatchObject({ retryAfter: 540 });
    const headers = { 'Retry-After': '60' };
    expect(await problemOf(new Response('', { status: 429, headers }))).toMatchObject({ retryAfter: 60 });
  });
});
