import { beforeAll, describe, expect, it } from 'vitest';
import { readCertificate, validateChain } from '../src/lib/x509';
import { der, party, type Party } from './world';

const day = 86_400_000;
let root: Party;
let middle: Party;
let leaf: Party;

beforeAll(async () => {
  root = await party('Root');
  middle = await party('Middle', root, { ca: true });
  leaf = await party('Leaf', middle);
});

const check = (chain: Party[], anchors: Party[] = [root]) =>
  validateChain(
    chain.map(der),
    anchors.map(({ certificate }) => certificate),
    new Date(),
  );

describe('a certificate chain', () => {
  it('leads to an anchor', async () => {
    expect((await check([leaf, middle])).subject).toBe('CN=Leaf');
    expect((await check([leaf], [middle])).subject).toBe('CN=Leaf');
    expect((await check([root])).subject).toBe('CN=Root');
  });

  it('is refused when it leads elsewhere or has a gap', async () => {
    await expect(check([leaf, middle], [await party('Root')])).rejects.toThrow('nobody listed');
    await expect(check([leaf])).rejects.toThrow('nobody listed');
    await expect(check([leaf, root])).rejects.toThrow('hang together');
    await expect(check([])).rejects.toThrow('no or too many');
  });

  it('is refused when a certificate is out of date', async () => {
    await expect(check([await party('Old', root, { until: -120_000 })])).rejects.toThrow('out of date');
    await expect(check([await party('New', root, { from: 120_000 })])).rejects.toThrow('out of date');
    const old = await party('Old CA', root, { ca: true, until: -120_000 });
    await expect(check([await party('Leaf', old), old])).rejects.toThrow('out of date');
    await expect(
      check([leaf, middle], [await party('Root', undefined, { from: -2 * day, until: -day })]),
    ).rejects.toThrow();
  });

  it('is refused when somebody signs who may not', async () => {
    const plain = await party('Plain', root);
    await expect(check([await party('Child', plain), plain])).rejects.toThrow('may not issue');
    await expect(check([await party('Child', plain)], [plain])).rejects.toThrow('nobody listed');
  });

  it('is refused when a name fits but the signature does not', async () => {
    const impostor = await party('Root');
    await expect(check([await party('Leaf', impostor)])).rejects.toThrow('nobody listed');
    const middleToo = await party('Middle', impostor, { ca: true });
    await expect(check([leaf, middleToo])).rejects.toThrow();
  });

  it('is refused when it is no certificate', () => {
    expect(() => readCertificate('AAAA')).toThrow('cannot be read');
  });
});
