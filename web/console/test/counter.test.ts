import { describe, expect, it } from 'vitest';
import { fingerOf, readCompared, readScans } from '../src/lib/counter';

describe('the scanner’s files', () => {
  it('are of the finger that their names say', () => {
    expect(fingerOf('right-index.png')).toBe('right-index');
    expect(fingerOf('LEFT_THUMB.BMP')).toBe('left-thumb');
    expect(fingerOf('scan 0001.tiff')).toBeUndefined();
    expect(fingerOf('right-index-2.png')).toBeUndefined();
  });

  it('are pictures, and not too large together', async () => {
    const file = (name: string, size = 4): File => new File([new Uint8Array(size)], name);
    const read = await readScans([file('left-index.pgm'), file('readme.txt')]);
    expect(read).toEqual([
      { name: 'left-index.pgm', finger: 'left-index', bytes: 'AAAAAA==', shown: undefined },
    ]);
    await expect(readScans([file('readme.txt')])).rejects.toMatchObject({ kind: 'fingers_unreadable' });
    await expect(readScans([file('a.png', 4_000_000), file('b.png', 4_000_000)])).rejects.toMatchObject({
      kind: 'fingers_too_large',
    });
  });
});

describe('what came of fingers', () => {
  const answer = {
    outcome: 'different',
    score: 41.5,
    line: 18,
    fingers: 2,
    unlike: ['left-index'],
    left: 4,
    again: [],
  };

  it('names those that are unlike by themselves', () => {
    expect(readCompared(answer)).toEqual(answer);
    expect(readCompared({ ...answer, unlike: [] }).unlike).toEqual([]);
  });

  it('names no finger that there is none of', () => {
    expect(() => readCompared({ ...answer, unlike: ['left-toe'] })).toThrow();
    expect(() => readCompared({ ...answer, unlike: undefined })).toThrow();
  });
});
