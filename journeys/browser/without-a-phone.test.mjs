// A guest without a smartphone: a sheet printed at a counter, a code typed at the hotel's desk.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { accessibilityFaults, noComplaints, openBrowser, openPage, picture, screen } from './lib/browser.mjs';
import { residents, startCity } from './lib/city.mjs';
import { ask, openDesk, verdictOf } from './lib/resident.mjs';

const [resident] = residents;
const folder = mkdtempSync(join(tmpdir(), 'tanda-sheet-'));
const file = join(folder, 'sheet.html');
let browser;
let city;
let desk;
let codes;

before(async () => {
  [browser, city] = await Promise.all([openBrowser(), startCity()]);
});
after(async () => {
  await browser?.close();
  await city?.stop();
  rmSync(folder, { recursive: true });
});

async function handOver(code) {
  await desk.getByRole('button', { name: 'has a printed code' }).click();
  await desk.getByLabel('Code on the sheet').fill(code);
  await desk.getByRole('button', { name: 'Check the code' }).click();
}

describe('a guest without a phone', () => {
  it('gets a sheet at a counter', { timeout: 60_000 }, async () => {
    const by = ['--officer', 'counter', '--reason', 'has no phone', '--identified-by', 'document_seen'];
    await city.tanda('officer', 'issue-sheet', '--number', resident.number, '--out', file, ...by);
    codes = readFileSync(file, 'utf8')
      .match(/<code>[^<]+/g)
      .map((found) => found.slice(6));
    assert.equal(codes.length, 20);
    codes.forEach(city.tell);
    const page = await openPage(await browser.newContext());
    await page.goto(`file://${file}`);
    await picture(page, 'sheet');
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.context().close();
  });

  it('checks in at the hotel with a code', { timeout: 60_000 }, async () => {
    desk = await openDesk(browser, city, 'hotel-nansha');
    await ask(desk, 'hotel-check-in');
    await handOver(codes[0].toLowerCase());
    assert.equal(await verdictOf(desk), 'valid');
    assert.ok((await desk.locator('main').innerText()).includes(resident.number));
    await picture(desk, 'desk-sheet-verdict');
    await desk.getByRole('button', { name: 'Next guest' }).click();
  });

  it('is told of a slip and of a used code in a sentence, and goes on', { timeout: 60_000 }, async () => {
    await ask(desk, 'hotel-check-in');
    const slip = codes[1].replace(/.$/, (last) => (last === '7' ? '8' : '7'));
    await handOver(slip);
    await desk.getByText('A letter or digit is wrong').waitFor();
    await picture(desk, 'desk-sheet-slip');
    assert.deepEqual(await accessibilityFaults(desk), []);
    await desk.getByLabel('Code on the sheet').fill(codes[0]);
    await desk.getByRole('button', { name: 'Check the code' }).click();
    await desk.getByText('Ask for the next code').waitFor();
    await desk.getByLabel('Code on the sheet').fill(codes[1]);
    await desk.getByRole('button', { name: 'Check the code' }).click();
    assert.equal(await verdictOf(desk), 'valid');
    noComplaints(desk);
  });
});
