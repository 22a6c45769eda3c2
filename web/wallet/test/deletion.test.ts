import 'fake-indexeddb/auto';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { sha256, toBase64Url, utf8 } from '../src/lib/bytes';
import { collectDeletions, fetchDeletion, isDue, keptOf, type Kept } from '../src/lib/deletion';
import { erase, remember, showings, type Showing } from '../src/lib/store';
import type { TrustList } from '../src/lib/trust-list';
import { party, sign, type Party } from './world';

const day = 86_400_000;
const responseUri = 'https://hotel.example/openid4vp/responses/1';
const uri = 'https://hotel.example/deletion-receipts/q3J2fK9vTtaXx0h1b5mZbg';
const kept: Kept = { uri, deleteBy: 0 };

let authority: Party;
let hotel: Party;
let cafe: Party;
let trust: TrustList;
let about: string;

beforeAll(async () => {
  authority = await party('Relying-party CA');
  hotel = await party('Hotel', authority, { organisation: 'hotel-nansha' });
  cafe = await party('Café', authority, { organisation: 'cafe-comet' });
  trust = { accessCas: [authority.certificate] } as unknown as TrustList;
  about = toBase64Url(await sha256(utf8('q3J2fK9vTtaXx0h1b5mZbg')));
});
afterEach(() => vi.restoreAllMocks());

// One moment for all: a second may end in the midst of a test.
const began = Date.now();
const seconds = (from: number): number => Math.floor((began + from) / 1000);
const receipt = (change: object = {}, by = hotel, typ = 'tanda-deletion-receipt+jwt'): Promise<string> =>
  sign(by, { typ }, { iss: 'hotel-nansha', sub: about, iat: seconds(-60_000), ...change });

function says(body: unknown, status = 200): void {
  vi.spyOn(globalThis, 'fetch').mockImplementation(() => Promise.resolve(Response.json(body, { status })));
}
const ask = (now = new Date()) => fetchDeletion(kept, 'hotel-nansha', trust, now);

describe('what is kept of a showing', () => {
  const told = (deletionUri: unknown) =>
    keptOf({ deletion_receipt_uri: deletionUri }, { responseUri, at: 1000, retentionDays: 30 });

  it('has an address for its receipt, at whoever took the response', () => {
    expect(told(uri)).toMatchObject({ uri });
    expect(told('https://tracker.example/deletion-receipts/x')).toBeUndefined();
    expect(told('not an address')).toBeUndefined();
    expect(told(undefined)).toBeUndefined();
  });

  it('is asked about once its time is over, and then no more', () => {
    const line = told(uri);
    expect(isDue(line, 30 * day)).toBe(false);
    expect(isDue(line, 30 * day + 400_000)).toBe(true);
    expect(isDue({ ...kept, deleted: { at: 1, receipt: '' } }, 30 * day)).toBe(false);
    expect(isDue(undefined, 30 * day)).toBe(false);
  });
});

describe('a deletion receipt', () => {
  it('is the relying party’s, about this showing, and good for longer than its certificate', async () => {
    says({ state: 'deleted', receipt: await receipt() });
    expect(await ask()).toMatchObject({ at: seconds(-60_000) * 1000 });
    says({ state: 'deleted', receipt: await receipt() });
    expect(await ask(new Date(Date.now() + 900 * day))).toMatchObject({
      receipt: expect.any(String) as string,
    });
  });

  it('is unproven where anybody else signed it, or something else', async () => {
    const stranger = await party('Hotel', await party('Other CA'), { organisation: 'hotel-nansha' });
    for (const token of [
      receipt({}, cafe),
      receipt({ iss: 'cafe-comet' }, cafe),
      receipt({}, stranger),
      receipt({ sub: 'another' }),
      receipt({ iat: seconds(300_000) }),
      receipt({ iat: seconds(-2 * day) }),
      receipt({}, hotel, 'JWT'),
      receipt().then((good) => good.replace(/.{6}$/, 'AAAAAA')),
      Promise.resolve('no receipt'),
    ]) {
      says({ state: 'deleted', receipt: await token });
      expect(await ask()).toBe('unproven');
    }
  });

  it('is not there while it is kept, or where nobody knows of it', async () => {
    says({ state: 'kept', delete_by: '2026-12-24T00:00:00Z' });
    expect(await ask()).toBe('kept');
    says({ code: 'not-found' }, 404);
    expect(await ask()).toBe('missing');
    says({}, 503);
    await expect(ask()).rejects.toMatchObject({ kind: 'service_down' });
  });
});

describe('the receipts that are due', () => {
  const shown = (at: number, line: Kept | undefined): Showing => ({
    at,
    relyingParty: 'hotel-nansha',
    name: { en: 'Hotel' },
    purpose: { en: 'Check-in' },
    claims: [['family_name']],
    outcome: 'shown',
    kept: line,
  });
  const later: Kept = { uri: 'https://hotel.example/deletion-receipts/later', deleteBy: Date.now() + day };
  const elsewhere: Kept = { uri: 'https://hotel.example/deletion-receipts/elsewhere', deleteBy: 0 };

  it('are asked for, and stay with the showing that they are about', async () => {
    await erase();
    for (const [at, line] of [kept, later, elsewhere, undefined].entries()) await remember(shown(at, line));
    // The receipt is about the first showing, so it says nothing of another.
    says({ state: 'deleted', receipt: await receipt() });
    const none = await collectDeletions(await showings(), trust, new Date());
    expect([...none]).toEqual([[elsewhere.uri, 'unproven']]);
    const [, third, second, first] = await showings();
    expect(first?.kept?.deleted).toMatchObject({ at: seconds(-60_000) * 1000 });
    expect([second?.kept, third?.kept]).toEqual([later, elsewhere]);

    says({}, 503);
    expect([...(await collectDeletions(await showings(), trust, new Date()))]).toEqual([
      [elsewhere.uri, 'away'],
    ]);
  });
});
