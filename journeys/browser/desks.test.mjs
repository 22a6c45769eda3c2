// What each kind of relying party sees at its desk. The guests carry wallets on the command line.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { accessibilityFaults, noComplaints, openBrowser, picture, screen } from './lib/browser.mjs';
import { residents, startCity } from './lib/city.mjs';
import { ask, openDesk, signIn } from './lib/resident.mjs';

const [first, second] = residents;
let browser;
let city;
let wallets;

before(async () => {
  [browser, city] = await Promise.all([openBrowser(), startCity()]);
  wallets = [await city.carry(first), await city.carry(second)];
});
after(async () => {
  await browser?.close();
  await city?.stop();
});

/** The guest reads the code off the desk's screen and agrees. */
async function show(desk, wallet) {
  await screen(desk, 'request');
  await wallet('present', '--agree', await desk.locator('[data-code]').getAttribute('data-code'));
}

const said = (page) => page.locator('main').innerText();
const parts = (resident) => [resident.number, ...resident.name.split(' ')];

/** Saves what a link or a button brings down, and reads it. */
async function download(page, act) {
  const [file] = await Promise.all([page.waitForEvent('download'), act()]);
  return readFileSync(await file.path(), 'utf8');
}

describe('a hotel', () => {
  let desk;
  before(async () => {
    desk = await openDesk(browser, city, 'hotel-nansha');
  });
  after(() => desk.context().close());

  it('has a receipt of what it checked, which holds no value and is genuine', async () => {
    await ask(desk, 'hotel-check-in');
    await show(desk, wallets[0]);
    await screen(desk, 'verdict');
    assert.match(await said(desk), /Kept for 30 days: Family name, Given name, Resident number/);
    const receipt = await download(desk, () => desk.locator('[data-receipt]').click());
    const content = Buffer.from(receipt.split('.')[1], 'base64url').toString();
    // As words: three letters come up by chance in base64.
    for (const part of parts(first)) assert.doesNotMatch(content, new RegExp(`(?<![\\w-])${part}(?![\\w-])`));
    const { stdout } = await city.verifyReceipt(receipt);
    assert.match(stdout, /A genuine receipt of Nansha Harbour Hotel/);
    await assert.rejects(city.verifyReceipt(`${receipt.slice(0, -6)}AAAAAA`), /is no genuine receipt/);
    assert.deepEqual(await accessibilityFaults(desk), []);
  });

  it('takes out its stay register with a reason, and sees who did', async () => {
    await desk.getByRole('button', { name: 'Next guest' }).click();
    await screen(desk, 'choose');
    await picture(desk, 'desk-manager');
    await desk.getByRole('button', { name: 'Stay register' }).click();
    await screen(desk, 'record');
    await desk.getByRole('button', { name: 'Save as a table' }).click();
    await desk.getByText('Please say why').waitFor();
    await desk.getByLabel('Why it is taken out').fill('Police request 2026-118');
    // The guest may have come before midnight.
    const yesterday = new Date(Date.now() - 86_400_000).toLocaleDateString('sv');
    await desk.getByLabel('From', { exact: true }).fill(yesterday);
    const table = await download(desk, () => desk.getByRole('button', { name: 'Save as a table' }).click());
    assert.match(table, /^checked_at,family_name,given_name,personal_administrative_number,level,staff\n/);
    assert.ok(table.includes(first.number));
    await desk.getByText('1 entry, by mei').waitFor();
    await picture(desk, 'desk-record');
    assert.deepEqual(await accessibilityFaults(desk), []);
    noComplaints(desk);
  });
});

describe('the staff of a hotel', () => {
  it('is taken on, signs in, sees no office, and is let go', async () => {
    const desk = await openDesk(browser, city, 'hotel-nansha');
    await desk.getByRole('button', { name: 'Staff' }).click();
    await screen(desk, 'staff');
    await desk.getByLabel('Their name here').fill('wayan');
    await desk.getByLabel('PIN', { exact: true }).fill('123456');
    await desk.getByRole('button', { name: 'Take on' }).click();
    await desk.getByText('Choose another PIN').waitFor();
    await desk.getByLabel('PIN', { exact: true }).fill('730185');
    await desk.getByRole('button', { name: 'Take on' }).click();
    await desk.getByText('wayan').first().waitFor();
    await picture(desk, 'desk-staff');
    assert.deepEqual(await accessibilityFaults(desk), []);
    await desk.getByRole('button', { name: 'End shift' }).click();
    await signIn(desk, 'wayan', '730185');
    assert.equal(await desk.getByRole('button', { name: 'Staff' }).count(), 0);
    await desk.getByRole('button', { name: 'End shift' }).click();
    // After six wrong PINs everybody who tries has to wait, also with the right one.
    await screen(desk, 'shift');
    await desk.getByLabel('Your name here').fill('wayan');
    for (let guess = 0; guess < 7; guess += 1) {
      await desk.getByLabel('PIN').fill(guess < 6 ? `73018${guess === 0 ? 9 : guess - 1}` : '730185');
      await desk.getByRole('button', { name: 'Begin shift' }).click();
      await desk.getByText(guess < 6 ? 'Sign-in refused' : 'You can try again in').waitFor();
    }
    await picture(desk, 'desk-pin-guessed');
    assert.doesNotMatch(await said(desk), /[{}]/);
    const { staff, pin } = city.staff('hotel-nansha');
    await signIn(desk, staff, pin);
    await desk.getByRole('button', { name: 'Staff' }).click();
    await desk.getByRole('button', { name: 'Let go' }).click();
    await desk.getByText('nobody else gets this name').waitFor();
    await desk.getByRole('button', { name: 'Let go' }).click();
    await desk.getByText('wayan').first().waitFor({ state: 'detached' });
    noComplaints(desk);
    await desk.context().close();
  });
});

describe('a railway', () => {
  it('sells tickets to a group, each by their own card', async () => {
    const desk = await openDesk(browser, city, 'rail-pearl');
    await desk.locator('[data-purpose="ticket"]').click();
    await screen(desk, 'people');
    await picture(desk, 'desk-people');
    assert.deepEqual(await accessibilityFaults(desk), []);
    // By the keyboard alone.
    await desk.locator('[data-people="2"]').focus();
    await desk.keyboard.press('Enter');
    await screen(desk, 'request');
    assert.match(await said(desk), /person 1 of 2/);
    const back = async () => {
      await screen(desk, 'verdict');
      await desk.getByRole('button', { name: 'Back to the order' }).click();
      await screen(desk, 'order');
    };
    await show(desk, wallets[0]);
    await back();
    await desk.getByRole('button', { name: 'Ask person 2 of 2' }).click();
    // The same card takes no second place.
    await show(desk, wallets[0]);
    await back();
    assert.match(await said(desk), /This card was shown before/);
    await picture(desk, 'desk-order');
    await desk.getByRole('button', { name: 'Ask person 2 of 2' }).click();
    await show(desk, wallets[1]);
    await back();
    await desk.locator('[data-places-left="0"]').waitFor();
    await picture(desk, 'desk-order-complete');
    const text = await said(desk);
    for (const { number, family_name } of [first, second]) {
      assert.ok(text.includes(family_name) && text.includes(number.slice(-4)));
      assert.ok(!text.includes(number));
    }
    assert.deepEqual(await accessibilityFaults(desk), []);
    noComplaints(desk);
    await desk.context().close();
  });
});

describe('a courier', () => {
  it('has the identity confirmed and sees no name', async () => {
    const desk = await openDesk(browser, city, 'courier-swift');
    await ask(desk, 'courier');
    await show(desk, wallets[0]);
    await screen(desk, 'verdict');
    const text = await said(desk);
    assert.match(text, /^Confirmed/m);
    assert.match(text, /kept sealed for 90 days/);
    for (const part of parts(first)) assert.ok(!text.includes(part), part);
    await picture(desk, 'desk-courier');
    assert.deepEqual(await accessibilityFaults(desk), []);
    noComplaints(desk);
    await desk.context().close();
  });
});

describe('a counter that needs the full card', () => {
  for (const [id, purpose] of [
    ['bank-harbour', 'bank-account'],
    ['registry-nansha', 'business-registration'],
  ])
    it(`is told at once when the light one answers: ${id}`, async () => {
      const desk = await openDesk(browser, city, id);
      await ask(desk, purpose);
      const code = await desk.locator('[data-code]').getAttribute('data-code');
      await assert.rejects(wallets[0]('present', '--agree', code), /needs the full card.*the light one/s);
      await screen(desk, 'declined');
      assert.match(await said(desk), /No full card was shown/);
      await picture(desk, `desk-${id}`);
      assert.deepEqual(await accessibilityFaults(desk), []);
      noComplaints(desk);
      await desk.context().close();
    });
});
