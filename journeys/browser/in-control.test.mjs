// A resident in control: locked from a second browser, moved to a new phone, somebody reported, the
// account deleted.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { noComplaints, openBrowser, picture, screen } from './lib/browser.mjs';
import { residents, startCity } from './lib/city.mjs';
import {
  agree,
  apply,
  ask,
  byCode,
  fillDetails,
  openDesk,
  openWallet,
  passkeys,
  usePasskeys,
  verdictOf,
} from './lib/resident.mjs';

const [resident] = residents;
let browser;
let city;
let phone;
let desk;
let second;

before(async () => {
  [browser, city] = await Promise.all([openBrowser(), startCity()]);
});
after(async () => {
  await browser?.close();
  await city?.stop();
});

/** Shows the card to the hotel on this wallet page, and says how the desk finds it. */
async function shownAt(page) {
  await ask(desk, 'hotel-check-in');
  await byCode(page, desk);
  await agree(page);
  await page.getByRole('button', { name: 'Done' }).click();
  await screen(page, 'home');
  const outcome = await verdictOf(desk);
  await desk.getByRole('button', { name: 'Next guest' }).click();
  return outcome;
}

/** Shows the card until the desk sees what it shall; the promise is a minute. */
async function until(page, outcome) {
  const began = Date.now();
  while ((await shownAt(page)) !== outcome) {
    assert.ok(Date.now() - began < 60_000, `no ${outcome} within a minute`);
    await page.waitForTimeout(2000);
  }
}

describe('a resident', () => {
  it('has the card, and sees that it is not locked', { timeout: 180_000 }, async () => {
    phone = await openWallet(browser, city, resident);
    await apply(phone, resident);
    await screen(phone, 'home');
    desk = await openDesk(browser, city, 'hotel-nansha');
    assert.equal(await shownAt(phone), 'valid');
    await phone.getByRole('button', { name: 'Lock my card' }).click();
    await screen(phone, 'control');
    await phone.locator('[data-state="open"]').waitFor();
    await picture(phone, 'wallet-control');
    await phone.getByRole('button', { name: 'Back' }).click();
    await screen(phone, 'home');
  });

  it('locks it from a second signed-in browser', { timeout: 180_000 }, async () => {
    second = await openWallet(browser, city, resident);
    await usePasskeys(second, await passkeys(phone));
    await second.getByRole('button', { name: 'I have an account' }).click();
    await screen(second, 'control');
    await second.getByRole('heading', { name: 'Your card is on another device' }).waitFor();
    await picture(second, 'wallet-control-elsewhere');
    await second.getByRole('button', { name: 'Lock the card' }).click();
    await second.locator('[data-state="locked"]').waitFor();
    await until(phone, 'not_valid');
  });

  it('sees the lock on the phone, and unlocks it there', { timeout: 180_000 }, async () => {
    await phone.reload();
    await phone.getByRole('button', { name: 'Unlock my card' }).click();
    await screen(phone, 'control');
    await picture(phone, 'wallet-control-locked');
    await phone.getByRole('button', { name: 'Unlock the card' }).click();
    await phone.locator('[data-state="open"]').waitFor();
    await phone.getByRole('button', { name: 'Back' }).click();
    await screen(phone, 'home');
    await until(phone, 'valid');
  });

  it('locks it on the phone, and unlocks it from the second browser', { timeout: 180_000 }, async () => {
    await phone.getByRole('button', { name: 'Lock my card' }).click();
    await screen(phone, 'control');
    await phone.getByRole('button', { name: 'Lock the card' }).click();
    await phone.locator('[data-state="locked"]').waitFor();
    await phone.getByRole('button', { name: 'Back' }).click();
    await screen(phone, 'home');
    await second.reload();
    await second.getByRole('button', { name: 'I have an account' }).click();
    await screen(second, 'control');
    await second.getByRole('button', { name: 'Unlock the card' }).click();
    await second.locator('[data-state="open"]').waitFor();
    await phone.reload();
    await phone.getByRole('button', { name: 'Lock my card' }).click();
    await screen(phone, 'control');
    await phone.locator('[data-state="open"]').waitFor();
    await phone.getByRole('button', { name: 'Back' }).click();
    await screen(phone, 'home');
  });

  it('reports a relying party from a line of the history', { timeout: 60_000 }, async () => {
    await phone.getByRole('button', { name: 'Where I showed it' }).click();
    await screen(phone, 'history');
    await phone
      .getByRole('button', { name: /^Report/ })
      .first()
      .click();
    await screen(phone, 'report');
    await phone.getByRole('button', { name: 'Send the report' }).click();
    await phone.getByText('Choose what was wrong.').waitFor();
    await phone.getByLabel('They wanted more than they need').check();
    await phone.getByLabel('In your own words').fill('They wanted to see my other cards.');
    await picture(phone, 'wallet-report');
    await phone.getByRole('button', { name: 'Send the report' }).click();
    await screen(phone, 'reported');
    await phone.getByRole('button', { name: 'Done' }).click();
    await screen(phone, 'home');
    await phone.getByRole('button', { name: 'Who looked at my record' }).click();
    await screen(phone, 'looks');
    await phone.getByText('You reported somebody').waitFor({ state: 'attached' });
    await phone.getByRole('button', { name: 'Back' }).click();
    await screen(phone, 'home');
  });

  it('moves to a new phone, and the old one is dead', { timeout: 180_000 }, async () => {
    await second.getByRole('button', { name: 'Move the card here' }).click();
    await screen(second, 'details');
    await fillDetails(second, resident);
    await screen(second, 'home');
    assert.equal(await shownAt(second), 'valid');
    await until(phone, 'not_valid');
    await phone.reload();
    await phone.getByText('Your card is on another device of yours now').waitFor();
    await picture(phone, 'wallet-home-moved');
  });

  it('deletes the account, and is told what stays', { timeout: 60_000 }, async () => {
    await second.getByRole('button', { name: 'Settings' }).click();
    await screen(second, 'settings');
    await second.getByRole('button', { name: 'Delete my account' }).click();
    await screen(second, 'delete-account');
    await picture(second, 'wallet-delete-account');
    await second.getByRole('button', { name: 'Delete my account' }).click();
    await screen(second, 'welcome');
    await second.getByRole('button', { name: 'I have an account' }).click();
    await second.locator('[data-problem]').waitFor({ state: 'attached' });
    noComplaints(second);
    noComplaints(phone);
  });
});
