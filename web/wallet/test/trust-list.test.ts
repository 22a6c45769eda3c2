import { beforeAll, describe, expect, it } from 'vitest';
import { granted, readTrustList, serviceTypes } from '../src/lib/trust-list';
import {
  der,
  issuerId,
  listOf,
  party,
  service,
  servicesOf,
  sign,
  world,
  type Party,
  type World,
} from './world';
import { toBase64Url, utf8 } from '../src/lib/bytes';

let here: World;
const now = new Date();
const header = { typ: 'lote+jwt' };

beforeAll(async () => {
  here = await world();
});

const read = (token: string, pinned: Party = here.operator, last?: number) =>
  readTrustList(token, [pinned.certificate], last, now);
const signed = (payload: object, by: Party = here.operator) => sign(by, header, payload);
const refused = (kind: string) => expect.objectContaining({ name: 'Problem', kind });

describe('the trust list', () => {
  it('says whom to believe', async () => {
    const trust = await read(await signed(listOf(servicesOf(here))));
    expect(trust.sequence).toBe(7);
    expect(trust.issuers[0]).toMatchObject({ id: issuerId, name: { en: 'Nansha District Office' } });
    expect(trust.issuers[0]?.logKey).toBe('authority.example/log+00000000+AQ==');
    expect(trust.accessCas).toHaveLength(1);
    expect(trust.registrars).toHaveLength(1);
    expect(trust.verifiers).toEqual([{ url: 'https://verifier.example/', codePrefix: 'AB' }]);
  });

  it('is refused from any other signer', async () => {
    const other = await party('Operator');
    await expect(read(await signed(listOf([]), other))).rejects.toEqual(refused('trust_list_bad'));
  });

  it('is refused when changed', async () => {
    const [head, , signature] = (await signed(listOf([]))).split('.');
    const other = toBase64Url(utf8(JSON.stringify(listOf(servicesOf(here)))));
    await expect(read(`${head}.${other}.${signature}`)).rejects.toEqual(refused('trust_list_bad'));
  });

  it('is refused without a signature', async () => {
    const none = toBase64Url(
      utf8(JSON.stringify({ alg: 'none', typ: 'lote+jwt', x5c: [der(here.operator)] })),
    );
    const body = toBase64Url(utf8(JSON.stringify(listOf([]))));
    await expect(read(`${none}.${body}.`)).rejects.toEqual(refused('trust_list_bad'));
    await expect(read(`${none}.${body}.AAAA`)).rejects.toEqual(refused('trust_list_bad'));
  });

  it('is refused as another kind of token', async () => {
    const token = await sign(here.operator, { typ: 'JWT' }, listOf([]));
    await expect(read(token)).rejects.toEqual(refused('trust_list_bad'));
  });

  it('is refused when stale, from the future, or older than one seen before', async () => {
    const past = new Date(Date.now() - 120_000).toISOString();
    const future = new Date(Date.now() + 120_000).toISOString();
    await expect(read(await signed(listOf([], { NextUpdate: past })))).rejects.toEqual(
      refused('trust_list_stale'),
    );
    await expect(read(await signed(listOf([], { ListIssueDateTime: future })))).rejects.toEqual(
      refused('trust_list_stale'),
    );
    await expect(read(await signed(listOf([])), here.operator, 8)).rejects.toEqual(
      refused('trust_list_stale'),
    );
    expect((await read(await signed(listOf([])), here.operator, 7)).sequence).toBe(7);
  });

  it('bears a clock that is a minute off, and no more', async () => {
    const next = (seconds: number) => ({
      NextUpdate: new Date(now.getTime() - seconds * 1000).toISOString(),
    });
    expect((await read(await signed(listOf([], next(59))))).sequence).toBe(7);
    await expect(read(await signed(listOf([], next(61))))).rejects.toEqual(refused('trust_list_stale'));
  });

  it('knows no log that is withdrawn, nor one of another entity', async () => {
    const withdrawn = servicesOf(here).map((one) =>
      JSON.stringify(one).includes(serviceTypes.log)
        ? service(serviceTypes.log, [], { ServiceStatus: granted.replace('granted', 'withdrawn') })
        : one,
    );
    expect((await read(await signed(listOf(withdrawn)))).issuers[0]?.logKey).toBeUndefined();
  });

  it('leaves out what is withdrawn, not yet due, or unknown', async () => {
    const services = [
      service(serviceTypes.accessCa, [here.accessCa], {
        ServiceStatus: granted.replace('granted', 'withdrawn'),
      }),
      service(serviceTypes.accessCa, [here.accessCa], {
        StatusStartingTime: new Date(Date.now() + 60_000).toISOString(),
      }),
      service('urn:something:new', [here.accessCa]),
    ];
    expect((await read(await signed(listOf(services)))).accessCas).toEqual([]);
  });

  it('is refused when a part that is needed is missing', async () => {
    const noPrefix = service(serviceTypes.verifier, [], {
      ServiceSupplyPoints: [{ uriValue: 'https://v.example' }],
    });
    await expect(read(await signed(listOf([noPrefix])))).rejects.toEqual(refused('trust_list_bad'));
    await expect(read(await signed({}))).rejects.toEqual(refused('trust_list_bad'));
  });
});
