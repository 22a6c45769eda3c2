import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  BadProof,
  checkConsistency,
  checkInclusion,
  leafHash,
  openCheckpoint,
  readHash,
  readLogKey,
} from '../src/lib/log';
import { fromBase64, toBase64, type Bytes } from '../src/lib/bytes';
import { check, whoLooked, type Answer } from '../src/lib/looks';
import * as store from '../src/lib/store';
import type { KnownLog } from '../src/lib/store';
import type { TrustList } from '../src/lib/trust-list';
import { party, sign, type Party } from './world';
import {
  answerOf,
  checkpointOf,
  consistencyOf,
  entry,
  inclusionOf,
  rootOf,
  testLog,
  type TestLog,
} from './log';

let log: TestLog;

beforeAll(async () => {
  log = await testLog(5);
});

const hex = (text: string): Bytes =>
  new Uint8Array((text.match(/../g) ?? []).map((byte) => parseInt(byte, 16)));

describe('proofs', () => {
  // The hashes that implementations of Certificate Transparency are tested with.
  const root8 = hex('5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328');
  const leaf0 = hex('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
  const path = [
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ].map(hex);

  it('agree with Certificate Transparency', async () => {
    expect(await leafHash('')).toEqual(leaf0);
    await checkInclusion(leaf0, 0, { size: 8, root: root8 }, path);
    await checkConsistency({ size: 1, root: leaf0 }, { size: 8, root: root8 }, path);
  });

  it('hold for every entry of every small tree, and for no other', async () => {
    for (let size = 1; size <= 17; size++) {
      const { entries } = await testLog(size, log);
      const head = { size, root: await rootOf(entries) };
      for (let index = 0; index < size; index++) {
        const proof = await inclusionOf(index, entries);
        const leaf = await leafHash(entry(index));
        await checkInclusion(leaf, index, head, proof);
        await expect(checkInclusion(leaf, index + 1, head, proof)).rejects.toThrow(BadProof);
        await expect(checkInclusion(leaf, index, head, [...proof, leaf])).rejects.toThrow(BadProof);
        if (size > 1)
          await expect(checkInclusion(leaf, index, head, proof.slice(1))).rejects.toThrow(BadProof);
      }
      for (let old = 1; old < size; old++) {
        const before = { size: old, root: await rootOf(entries.slice(0, old)) };
        const proof = await consistencyOf(old, entries);
        await checkConsistency(before, head, proof);
        const other = { size: old, root: head.root };
        await expect(checkConsistency(other, head, proof)).rejects.toThrow(BadProof);
        await expect(checkConsistency(head, before, proof)).rejects.toThrow(BadProof);
        await expect(checkConsistency(before, head, proof.slice(1))).rejects.toThrow(BadProof);
        await expect(checkConsistency(before, head, [...proof, head.root])).rejects.toThrow(BadProof);
      }
    }
  });

  it('of the same size need the same root', async () => {
    const head = { size: 5, root: await rootOf(log.entries) };
    await checkConsistency(head, head, []);
    await expect(checkConsistency({ size: 5, root: root8 }, head, [])).rejects.toThrow(BadProof);
    await expect(checkConsistency(head, head, [root8])).rejects.toThrow(BadProof);
  });
});

describe('a checkpoint', () => {
  it('is read as the log signed it', async () => {
    const head = await openCheckpoint(await checkpointOf(log), await readLogKey(log.logKey));
    expect(head).toEqual({ size: 5, root: await rootOf(log.entries) });
  });

  it('of another key, another size or another form is refused', async () => {
    const [note, key, other] = [await checkpointOf(log), await readLogKey(log.logKey), await testLog(5)];
    const bad = [
      await checkpointOf(other),
      note.replace('\n5\n', '\n6\n'),
      note.replace('\n5\n', '\n05\n'),
      note.slice(0, -1),
      note.replace('\u2014', '-'),
      note.split('\n\n')[0] ?? '',
      '',
    ];
    for (const text of bad) await expect(openCheckpoint(text, key)).rejects.toThrow(BadProof);
    const cosigned = `${note}${(await checkpointOf(other)).split('\n').at(-2)}\n`;
    expect((await openCheckpoint(cosigned, key)).size).toBe(5);
  });

  it('needs a key that is what it says', async () => {
    const key = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
    expect((await readLogKey(key)).name).toBe('PeterNeumann');
    for (const mangled of ['', 'PeterNeumann', key.replace('c74f', 'c74e'), key.replace('ARpc', 'ZRpc')])
      await expect(readLogKey(mangled)).rejects.toThrow(BadProof);
    expect(() => readHash('AAAA')).toThrow(BadProof);
    expect(() => readHash(`${toBase64(new Uint8Array(32))} `)).toThrow(BadProof);
    expect(fromBase64(toBase64(new Uint8Array([255, 254])))).toEqual(new Uint8Array([255, 254]));
  });
});

describe('who looked', () => {
  const holder = '440115199403120024';
  const checked = (answer: Answer, kept?: KnownLog, logKey = log.logKey, before?: number) =>
    check(answer, logKey, holder, kept, before);
  const keptOf = async (of: TestLog): Promise<KnownLog> => {
    const { known } = await checked(await answerOf(of, 0), undefined, of.logKey);
    if (!known) throw new Error('nothing is kept');
    return known;
  };

  it('is proved, line by line, and the log is kept', async () => {
    const { looks, known } = await checked(await answerOf(log, 0));
    expect(looks).toMatchObject({ alarms: [], checked: true, more: false });
    expect(looks.looks).toHaveLength(3);
    expect(looks.looks[0]).toMatchObject({
      index: 4,
      kind: 'register.looked-up',
      role: 'clerk',
      reason: 'asked at the counter',
      caseNumber: '2026-17',
      proved: true,
    });
    expect(known).toMatchObject({ size: 5, logKey: log.logKey, seen: [4, 2, 0] });
  });

  it('goes on from the log that was kept', async () => {
    const kept = await keptOf(log);
    const { looks, known } = await checked(await answerOf(await testLog(12, log), 5), kept);
    expect(looks.alarms).toEqual([]);
    expect(known).toMatchObject({ size: 12 });
  });

  it('raises an alarm when a line was changed, moved or is without its proof', async () => {
    const tampered: ((act: Answer['acts'][number]) => void)[] = [
      (act) => (act.entry = entry(2, 'no particular reason')),
      (act) => (act.index = 1),
      (act) => (act.inclusion = []),
      (act) => (act.inclusion = ['nothing']),
    ];
    for (const tamper of tampered) {
      const answer = await answerOf(log, 0);
      answer.acts.slice(1, 2).forEach(tamper);
      const { looks, known } = await checked(answer);
      expect(looks.alarms).toEqual(['entry']);
      expect(looks.looks.map(({ proved }) => proved)).toEqual([true, false, true]);
      expect(known).toBeUndefined();
    }
  });

  it('raises an alarm when the past was changed, and keeps the evidence', async () => {
    const kept = await keptOf(log);
    const other = await testLog(9, log);
    other.entries[1] = entry(1, 'a reason that was not there');
    const shorter = await testLog(4, log);
    for (const answer of [
      await answerOf(other, 5),
      await answerOf(shorter, 5),
      { ...(await answerOf(await testLog(9, log), 5)), consistency: [] },
    ]) {
      const { looks, known } = await checked(answer, kept);
      expect(looks.alarms).toContain('history');
      expect(known).toBe(kept);
    }
  });

  it('raises an alarm when a line that was seen is no longer told', async () => {
    const kept = await keptOf(log);
    const answer = await answerOf(await testLog(9, log), 5);
    answer.acts = answer.acts.filter(({ index }) => index !== 2);
    expect((await checked(answer, kept)).looks.alarms).toEqual(['gone']);
    const page = { ...answer, acts: answer.acts.filter(({ index }) => index > 2), more: true };
    expect((await checked(page, kept)).looks.alarms).toEqual([]);
    const earlier = { ...answer, acts: answer.acts.filter(({ index }) => index === 0) };
    expect((await checked(earlier, kept, log.logKey, 2)).looks.alarms).toEqual([]);
    expect((await checked(earlier, { ...kept, holder: 'another' })).looks.alarms).toEqual([]);
  });

  it('raises an alarm when another key sealed the log, or the key was replaced', async () => {
    const other = await testLog(5);
    const { looks } = await checked(await answerOf(other, 0));
    expect(looks.alarms).toEqual(['signature']);
    expect(looks.looks.some(({ proved }) => proved)).toBe(false);
    const kept = await keptOf(log);
    const replaced = await checked(await answerOf(other, 0), kept, other.logKey);
    expect(replaced.looks.alarms).toEqual(['key']);
    expect(replaced.known).toBe(kept);
  });

  it('says so when the browser cannot check', async () => {
    const refuse = vi
      .spyOn(crypto.subtle, 'importKey')
      .mockRejectedValue(new DOMException('no such algorithm', 'NotSupportedError'));
    const { looks, known } = await checked(await answerOf(log, 0));
    refuse.mockRestore();
    expect(looks).toMatchObject({ checked: false, alarms: [] });
    expect(looks.looks.some(({ proved }) => proved)).toBe(false);
    expect(known).toBeUndefined();
  });

  describe('asked of the authority', () => {
    const issuer = 'https://authority.example';
    const trust = (logKey: string | undefined): TrustList => ({
      sequence: 1,
      issuers: [{ id: issuer, name: {}, anchors: [], vcts: [], logKey }],
      accessCas: [],
      registrars: [],
      verifiers: [],
    });
    const asked: { url: URL; headers: Headers }[] = [];
    let attester: Party;
    beforeAll(async () => {
      attester = await party('Attester');
    });
    const serve = (answer: () => Promise<Response>) =>
      vi.stubGlobal('fetch', async (input: string | URL, init: RequestInit) => {
        const url = new URL(input, 'https://provider.example');
        if (url.pathname === '/wallet/attestation') {
          const { jwk } = JSON.parse(String(init.body)) as { jwk: object };
          const claims = { iss: 'https://provider.example', sub: 'tanda-wallet', cnf: { jwk } };
          const header = { typ: 'oauth-client-attestation+jwt' };
          const attestation = await sign(attester, header, { ...claims, exp: 4_000_000_000 });
          return Response.json({ attestation });
        }
        asked.push({ url, headers: new Headers(init.headers) });
        return answer();
      });
    beforeEach(async () => {
      asked.length = 0;
      await store.erase();
    });
    afterEach(() => vi.unstubAllGlobals());

    it('shows its attestation and names what it has kept', async () => {
      serve(async () => Response.json(await answerOf(log, 0)));
      expect((await whoLooked(issuer, holder, trust(log.logKey))).alarms).toEqual([]);
      serve(async () => Response.json(await answerOf(log, 5)));
      expect((await whoLooked(issuer, holder, trust(log.logKey), 9)).alarms).toEqual([]);
      expect(asked.map(({ url }) => url.href)).toEqual([
        `${issuer}/log/mine?kept=0`,
        `${issuer}/log/mine?kept=5&before=9`,
      ]);
      expect(asked[0]?.headers.get('OAuth-Client-Attestation')).toBeTruthy();
      expect(asked[0]?.headers.get('OAuth-Client-Attestation-PoP')).toBeTruthy();
    });

    it('tells a card that is not valid, a log that is not listed, and an answer that is none', async () => {
      const problem = (kind: string) => expect.objectContaining({ name: 'Problem', kind });
      serve(async () => Response.json({ code: 'no-live-card' }, { status: 403 }));
      await expect(whoLooked(issuer, holder, trust(log.logKey))).rejects.toEqual(problem('card_not_live'));
      await expect(whoLooked(issuer, holder, trust(undefined))).rejects.toEqual(problem('no_log'));
      serve(async () => Response.json({}));
      await expect(whoLooked(issuer, holder, trust(log.logKey))).rejects.toThrow('not readable');
    });
  });
});
