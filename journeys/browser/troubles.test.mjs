// What goes wrong, and what the pages say then.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  accessibilityFaults,
  counter,
  noComplaints,
  openBrowser,
  openPage,
  phone,
  picture,
  screen,
} from './lib/browser.mjs';
import { person } from './lib/camera.mjs';
import { residents, startCity } from './lib/city.mjs';
import {
  agreeToCapture,
  apply,
  ask,
  fillDetails,
  openDesk,
  openWallet,
  withPasskeys,
} from './lib/resident.mjs';

const [resident, other] = residents;
const third = residents[2] ?? resident;
let browser;
let city;
let single;

before(async () => {
  [browser, city] = await Promise.all([openBrowser(), startCity()]);
});
after(async () => {
  await browser?.close();
  await city?.stop();
});

const problem = async (page, kind) => {
  await page.locator(`[data-problem="${kind}"]`).waitFor({ state: 'attached', timeout: 30_000 });
  const text = await page.locator('main').innerText();
  assert.doesNotMatch(text, /problem\.|[{}]/);
  return text;
};

/** Sends pictures that show nothing in the page's place, until the authority has had enough of them. */
const useUpFrames = (page) =>
  page.evaluate(async () => {
    const enrolment = () =>
      new Promise((resolve, reject) => {
        const opened = indexedDB.open('tanda-wallet');
        opened.onerror = () => reject(opened.error);
        opened.onsuccess = () => {
          const request = opened.result.transaction('single').objectStore('single').get('enrolment');
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        };
      });
    for (let sent = 0; sent < 400; sent += 1) {
      const { issuer, id, token, done, captured } = await enrolment();
      if (captured) return;
      await fetch(`${issuer}/enrolments/${id}/frames?step=${done}`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'image/jpeg' },
        body: 'nothing',
      });
    }
  });

describe('an application', () => {
  let refusal;

  it('with another face is refused, and the page does not say why', { timeout: 180_000 }, async () => {
    const page = await openWallet(browser, city, resident, {
      pictures: person(other.pictures),
    });
    await apply(page, resident);
    await screen(page, 'refused');
    await picture(page, 'wallet-refused');
    refusal = await page.locator('main').innerText();
    assert.doesNotMatch(refusal, /does not match|unknown|score/i);
    noComplaints(page);
    await page.context().close();
  });

  it('with a printed photograph is refused in the same words', { timeout: 180_000 }, async () => {
    const page = await openWallet(browser, city, resident, {
      pictures: person(resident.pictures, 'print'),
    });
    await apply(page, resident);
    // Paper neither turns its head nor closes its eyes: the capture stays where it is.
    await page.waitForTimeout(4000);
    const capture = page.locator('[data-screen="capture"]');
    assert.ok(Number(await capture.getAttribute('data-done')) <= 1);
    await picture(page, 'wallet-capture-print');
    await useUpFrames(page);
    await screen(page, 'refused');
    assert.equal(await page.locator('main').innerText(), refusal);
    noComplaints(page);
    await page.context().close();
  });

  it('that fails again and again has to wait, and the page says how long', { timeout: 180_000 }, async () => {
    const budi = residents.find(({ given_name }) => given_name === 'Budi');
    const page = await openWallet(browser, city, budi);
    const mistaken = { number: budi.number, name: 'Somebody Else' };
    await apply(page, mistaken);
    for (let failures = 1; failures < 4; failures += 1) {
      await screen(page, 'refused');
      assert.equal(await page.locator('main').innerText(), refusal);
      await page.getByRole('button', { name: 'Try again' }).click();
      await screen(page, 'details');
      await fillDetails(page, mistaken);
      await screen(page, 'capture');
    }
    await screen(page, 'refused');
    // With the day where the wait goes past midnight.
    const wait = /You can try again in (1 minute|\d+ seconds), from (\d+ \w+ \d+, )?\d\d:\d\d\./;
    assert.match(await page.locator('main').innerText(), wait);
    await picture(page, 'wallet-refused-wait');
    await page.getByRole('button', { name: 'Try again' }).click();
    await fillDetails(page, mistaken);
    assert.match(await problem(page, 'too_many_attempts'), wait);
    await picture(page, 'wallet-too-many-attempts');
    noComplaints(page);
    await page.context().close();
  });

  it('says when the number cannot be right, before and after asking', async () => {
    const page = await openWallet(browser, city, resident);
    await page.getByRole('button', { name: 'Get my card' }).click();
    await page.getByLabel('What should we call this account?').fill('Tester');
    await page.getByRole('button', { name: 'Make a passkey' }).click();
    await screen(page, 'details');
    await page.getByLabel('Resident number').fill('123');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('alert').first().waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'number');
    const wrong = `${resident.number.slice(0, -1)}${resident.number.endsWith('1') ? '2' : '1'}`;
    await page.getByLabel('Resident number').fill(wrong);
    await page.getByLabel('Full name').fill(resident.name);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('button', { name: 'I agree, open the camera' }).click();
    await problem(page, 'number_malformed');
    await page.context().close();
  });

  for (const [name, kind] of [
    ['NotAllowedError', 'camera_denied'],
    ['NotFoundError', 'no_camera'],
    ['NotReadableError', 'camera_busy'],
  ])
    it(`says what to do about the camera: ${kind}`, async () => {
      const page = await openWallet(browser, city, resident);
      await page.evaluate((error) => {
        const refuse = () => Promise.reject(new DOMException('no', error));
        Object.defineProperty(navigator, 'mediaDevices', {
          value: { getUserMedia: refuse },
        });
      }, name);
      await apply(page, resident).catch(() => undefined);
      await problem(page, kind);
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.waitForTimeout(500);
      await problem(page, kind);
      noComplaints(page);
      await page.context().close();
    });

  it('goes on after a reload in the midst of the capture', { timeout: 180_000 }, async () => {
    const page = await openWallet(browser, city, third);
    // The third step gets no answer, so that the page is still there when it is reloaded.
    await page.route('**/frames?step=2', () => undefined);
    await apply(page, third);
    await page.locator('[data-screen="capture"][data-done="2"]').waitFor({ timeout: 60_000 });
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.reload();
    await page.locator('[data-screen="capture"]').waitFor();
    assert.ok(Number(await page.locator('[data-done]').getAttribute('data-done')) >= 2);
    await screen(page, 'home');
    noComplaints(page);
    await page.context().close();
  });

  it('waits out a lost connection during the capture and goes on', { timeout: 180_000 }, async () => {
    const page = await openWallet(browser, city, other);
    await page.route('**/frames?*', (route) => route.abort());
    await agreeToCapture(page, other);
    await screen(page, 'interrupted');
    await picture(page, 'wallet-interrupted');
    await page.unroute('**/frames?*');
    await page.getByRole('button', { name: 'Go on' }).click();
    await screen(page, 'home');
    noComplaints(page);
    single = page;
  });

  it('of somebody with one name only leads to a card that a hotel takes', async () => {
    assert.equal(other.given_name, '');
    const desk = await openDesk(browser, city, 'hotel-nansha');
    await ask(desk, 'hotel-check-in');
    await single.goto(await desk.locator('[data-link]').getAttribute('data-link'));
    await screen(single, 'ask');
    await picture(single, 'wallet-one-name');
    await single.getByRole('button', { name: 'Agree and show' }).click();
    await screen(single, 'shown');
    await screen(desk, 'verdict');
    assert.equal(await desk.locator('[data-outcome]').first().getAttribute('data-outcome'), 'valid');
    await picture(desk, 'desk-one-name');
    await desk.context().close();
    await single.context().close();
  });
});

describe('a wallet', () => {
  it('without its passkey says so', async () => {
    const context = await browser.newContext({ viewport: phone, locale: 'en' });
    const page = await openPage(context);
    await withPasskeys(page);
    await page.goto(city.wallet);
    await page.getByRole('button', { name: 'I have an account' }).click();
    await problem(page, 'passkey_cancelled');
    await context.close();
  });

  it('without a card says what is missing, and refuses what is no request', async () => {
    const desk = await openDesk(browser, city, 'hotel-nansha');
    await ask(desk, 'hotel-check-in');
    const link = await desk.locator('[data-link]').getAttribute('data-link');
    const context = await browser.newContext({ viewport: phone, locale: 'en' });
    const page = await openPage(context);
    await page.goto(link);
    await problem(page, 'no_card');
    assert.equal(new URL(page.url()).search, '');
    await page.goto(`${city.wallet}/present?client_id=a`);
    await problem(page, 'request_unreadable');
    await page.goto(link.replace('x509_hash%3A', 'x509_hash%3Ax'));
    await problem(page, 'request_not_genuine');
    await context.close();
    await desk.context().close();
  });

  it('offline says so, and goes on when the network is back', async () => {
    const context = await browser.newContext({ viewport: phone, locale: 'en' });
    const page = await openPage(context);
    await page.goto(city.wallet);
    await screen(page, 'welcome');
    await context.setOffline(true);
    await page.getByRole('button', { name: 'Get my card' }).click();
    await problem(page, 'no_network');
    await context.setOffline(false);
    await page.getByRole('button', { name: 'Try again' }).click();
    await screen(page, 'account');
    await context.close();
  });
});

describe('a desk', () => {
  it('is not opened with another code', async () => {
    const context = await browser.newContext({ locale: 'en' });
    const page = await openPage(context);
    await page.goto(city.desk);
    await screen(page, 'enrol');
    await page.getByLabel('Organisation').fill('hotel-nansha');
    await page.getByLabel('Access code').fill('not-the-code');
    await page.getByRole('button', { name: 'Enrol this device' }).click();
    await page.getByText('Not enrolled').waitFor();
    await context.close();
  });

  it('keeps the access code out of the address bar, and is enrolled still when a shift ends', async () => {
    const desk = await openDesk(browser, city, 'hotel-nansha');
    assert.equal(new URL(desk.url()).hash, '');
    await desk.getByRole('button', { name: 'End shift' }).click();
    await screen(desk, 'shift');
    await desk.reload();
    await screen(desk, 'shift');
    noComplaints(desk);
    await desk.context().close();
  });

  it('begins a shift by the keyboard alone, and says what a wrong PIN is', async () => {
    const context = await browser.newContext({ viewport: counter, locale: 'en' });
    const page = await openPage(context);
    const { staff, pin } = city.staff('hotel-nansha');
    await page.goto(city.deskLink('hotel-nansha'));
    await screen(page, 'shift');
    const type = async (digits) => {
      await page.getByLabel('Your name here').focus();
      await page.keyboard.press('Control+A');
      await page.keyboard.type(staff);
      await page.keyboard.press('Tab');
      await page.keyboard.type(digits);
      await page.keyboard.press('Enter');
    };
    await type('730185');
    await page.getByRole('alert').getByText('the PIN is another').waitFor();
    await picture(page, 'desk-wrong-pin');
    assert.deepEqual(await accessibilityFaults(page), []);
    await type(pin);
    await screen(page, 'choose');
    await context.close();
  });
});
