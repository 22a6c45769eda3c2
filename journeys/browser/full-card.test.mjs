// The full card: applied for in the wallet with what stands on the light one, its evidence gathered at a
// counter, and shown with the holder's passkey alone.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { accessibilityFaults, noComplaints, openBrowser, picture, screen } from './lib/browser.mjs';
import { residents, startCity } from './lib/city.mjs';
import { apply, openWallet } from './lib/resident.mjs';

const [resident] = residents;
let browser;
let city;
let phone;

before(async () => {
  [browser, city] = await Promise.all([openBrowser(), startCity()]);
});
after(async () => {
  await browser?.close();
  await city?.stop();
});

describe('a resident with the light card', () => {
  it('applies for the full one without typing anything', { timeout: 240_000 }, async () => {
    phone = await openWallet(browser, city, resident);
    await apply(phone, resident);
    await screen(phone, 'home');
    await phone.getByRole('button', { name: 'Get the full card' }).click();
    await screen(phone, 'upgrade');
    await picture(phone, 'wallet-upgrade');
    assert.deepEqual(await accessibilityFaults(phone), []);
    await phone.getByRole('button', { name: 'I agree, open the camera' }).click();
    await screen(phone, 'capture');
    await screen(phone, 'gathering');
    assert.match(await phone.locator('#counter-code').innerText(), /^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    const open = phone.locator('li[data-held="false"]');
    assert.deepEqual(await open.evaluateAll((all) => all.map((one) => one.dataset.kind)), [
      'chip',
      'chip-face',
      'fingers',
      'officer',
    ]);
    await picture(phone, 'wallet-gathering');
    assert.deepEqual(await accessibilityFaults(phone), []);
  });

  it('keeps the light card meanwhile, and finds the application again', async () => {
    await phone.getByRole('button', { name: 'Back' }).click();
    await screen(phone, 'home');
    await phone.getByRole('button', { name: 'Show my card' }).waitFor();
    await phone.reload();
    await screen(phone, 'home');
    await phone.getByRole('button', { name: 'My full card is on its way' }).click();
    await screen(phone, 'gathering');
    noComplaints(phone);
  });
});
