// The full card: applied for in the wallet with what stands on the light one, its evidence gathered at a
// counter, and shown with the holder's passkey alone.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { accessibilityFaults, noComplaints, openBrowser, picture, screen } from './lib/browser.mjs';
import { residents, startCity } from './lib/city.mjs';
import { joinConsole } from './lib/officer.mjs';
import { startReader } from './lib/reader.mjs';
import { agree, apply, ask, byCode, isOwner, openDesk, openWallet, verdictOf } from './lib/resident.mjs';

const [resident] = residents;
let browser;
let city;
let phone;
let clerk;
let reader;

before(async () => {
  [browser, city] = await Promise.all([openBrowser(), startCity()]);
});
after(async () => {
  await browser?.close();
  await city?.stop();
  await reader?.stop();
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

  it('books a time at a counter', async () => {
    await phone.getByText('Book a time', { exact: true }).click();
    // Of the second day: the first time of the first may pass by before it is booked.
    await phone.locator('#appointment-day').selectOption({ index: 1 });
    await phone.getByRole('button', { name: 'Book this time' }).click();
    await phone.locator('#appointment').waitFor();
    await picture(phone, 'wallet-gathering-booked');
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

describe('an officer at the counter', () => {
  const choose = async (...fingers) => {
    await clerk.locator('#finger-files').setInputFiles(fingers);
    await clerk.getByRole('button', { name: 'Compare' }).click();
  };

  it('finds the application by the code on the screen', async () => {
    const code = await phone.locator('#counter-code').innerText();
    clerk = await joinConsole(browser, city.officerLink('clerk'));
    await clerk.getByRole('link', { name: 'Counter' }).click();
    await clerk.getByLabel("Code on the applicant's screen").fill('0000-0000');
    await clerk.getByLabel('Reason').fill('full card, counter 3');
    await clerk.getByRole('button', { name: 'Find the application' }).click();
    await clerk.locator('[data-problem="no_application"]').waitFor();
    // Who has an appointment need not be typed.
    await clerk.getByRole('button', { name: `Take the code ${code}` }).click();
    assert.equal(await clerk.getByLabel("Code on the applicant's screen").inputValue(), code);
    await clerk.getByRole('button', { name: 'Find the application' }).click();
    await clerk.locator('[data-application]').waitFor();
    await clerk.locator('[data-held="live-face"]').waitFor();
    assert.doesNotMatch(await clerk.locator('main').innerText(), new RegExp(resident.number));
    assert.deepEqual(await accessibilityFaults(clerk), []);
  });

  it('is asked for a picture again that shows no finger, and for the right ones', async () => {
    const scan = (finger, ...more) => city.scan(resident.number, finger, ...more);
    const right = await scan('right-index');
    await choose(right, await scan('left-index', '--fault', 'blank'));
    await clerk.locator('[data-outcome="again"]').waitFor({ timeout: 30_000 });
    await picture(clerk, 'console-counter-again');
    await choose(right, { ...right, name: 'left-index.png' });
    await clerk.locator('[data-problem="fingers_same"]').waitFor({ timeout: 30_000 });
    await choose(right, await scan('left-index', '--fault', 'other-finger'));
    await clerk.locator('[data-outcome="different"]').waitFor({ timeout: 30_000 });
    await clerk.locator('[data-unlike="left-index"]').waitFor();
  });

  it("takes two of the resident's, and the phone shows that they hold", async () => {
    await choose(
      await city.scan(resident.number, 'right-index'),
      await city.scan(resident.number, 'left-index'),
    );
    await clerk.locator('[data-outcome="alike"]').waitFor({ timeout: 30_000 });
    await clerk.locator('[data-held="fingers"]').waitFor();
    await picture(clerk, 'console-counter');
    assert.deepEqual(await accessibilityFaults(clerk), []);
    await phone.locator('li[data-kind="fingers"][data-held="true"]').waitFor({ timeout: 30_000 });
  });

  it('does not get past the chip that is missing', async () => {
    await clerk.locator('input[name="attestation"][value="approve"]').check();
    await clerk.getByLabel('Reason').last().fill('seen beside the old card');
    await clerk.getByRole('button', { name: 'Decide' }).click();
    await clerk.getByText('Take what is missing first.').waitFor();
    noComplaints(clerk);
  });
});

describe('the chip of the physical card', () => {
  it('that is a copy is not believed, whoever reads it, and the phone says so plainly', async () => {
    await phone.getByText('I have a card reader').click();
    await phone.getByLabel('Card access number').fill('271828');
    await phone.getByRole('button', { name: 'Read my card' }).click();
    const command = await phone.locator('#reader-command').innerText();
    await assert.rejects(city.layCard(resident.number, command.split(' ').at(-1), '--fault', 'clone'));
    await phone.locator('[data-chip="not-read"]').waitFor({ timeout: 30_000 });
    await picture(phone, 'wallet-gathering-chip-not-read');
    await clerk.locator('[data-fault="copy"]').waitFor({ timeout: 30_000 });
    await picture(clerk, 'console-counter-chip-is-a-copy');
  });

  /** Asks for a relay at the counter, where no reader waits yet, and lays a card before it. */
  async function read(accessNumber, ...more) {
    await clerk.getByLabel('Card access number').fill(accessNumber);
    await clerk.getByRole('button', { name: 'Read the card' }).click();
    const command = await clerk.locator('#reader-command').innerText();
    return city.layCard(resident.number, command.split(' ').at(-1), ...more);
  }

  it('does not open with a wrong access number', async () => {
    await clerk.getByLabel('Card access number').fill('12345');
    await clerk.getByRole('button', { name: 'Read the card' }).click();
    await clerk.locator('#access-number-error').waitFor();
    await assert.rejects(read('314159'));
    await clerk.locator('[data-fault="wrong-access-number"]').waitFor({ timeout: 30_000 });
    assert.deepEqual(await accessibilityFaults(clerk), []);
  });

  it('that is closed is read by a registered reader, whose word about another is not taken', async () => {
    await clerk.getByText("The card's chip is closed: use a registered reader").click();
    await clerk.getByRole('button', { name: 'Ask what it is to sign' }).click();
    const question = await clerk.locator('#reader-question').innerText();
    await clerk.getByRole('button', { name: 'Hand it in' }).click();
    await clerk.locator('#reader-result-error').waitFor();
    await picture(clerk, 'console-counter-signed-by-a-reader');
    assert.deepEqual(await accessibilityFaults(clerk), []);
    const signed = await city.signedByReader(residents[1].number, question);
    await clerk.getByLabel('What the reader signed').fill(signed);
    await clerk.getByRole('button', { name: 'Hand it in' }).click();
    await clerk.locator('[data-fault="other-person"]').waitFor({ timeout: 30_000 });
  });

  it('is read by the authority over the reader that waits at the counter, with its portrait', async () => {
    reader = await startReader(city);
    await clerk.getByLabel('Card access number').fill('271828');
    await clerk.getByRole('button', { name: 'Read the card' }).click();
    await clerk.getByText('Leave it there').waitFor();
    reader.lay(resident.number);
    await clerk.getByAltText('Portrait on the chip of the physical card').waitFor({ timeout: 30_000 });
    for (const kind of ['chip', 'chip-face'])
      await phone.locator(`li[data-kind="${kind}"][data-held="true"]`).waitFor({ timeout: 30_000 });
  });

  it('was the last that was missing: the officer attests, and the phone has the full card', async () => {
    await clerk.locator('[data-held="chip"]').waitFor({ timeout: 30_000 });
    await picture(clerk, 'console-counter-complete');
    await clerk.getByRole('button', { name: 'Decide' }).click();
    await screen(phone, 'home');
    await phone.locator('article.card.full').waitFor();
    await picture(phone, 'wallet-home-with-full-card');
    noComplaints(clerk);
  });
});

describe('a bank', () => {
  let bank;

  it('is shown the full card by its owner', { timeout: 120_000 }, async () => {
    bank = await openDesk(browser, city, 'bank-harbour');
    await ask(bank, 'bank-account');
    await byCode(phone, bank);
    await agree(phone);
    assert.equal(await verdictOf(bank), 'valid');
    await phone.getByRole('button', { name: 'Done' }).click();
    await screen(phone, 'home');
  });

  it('is shown nothing by somebody else who holds the unlocked phone', { timeout: 120_000 }, async () => {
    const copies = await phone.getByText(/one-time copies left/).innerText();
    await bank.getByRole('button', { name: 'Next customer' }).click();
    await ask(bank, 'bank-account');
    await byCode(phone, bank);
    await screen(phone, 'ask');
    await isOwner(phone, false);
    await phone.getByRole('button', { name: 'Agree and show' }).click();
    await screen(phone, 'problem');
    const problem = await phone.locator('[data-problem]').first().getAttribute('data-problem');
    assert.equal(problem, 'passkey_cancelled');
    await phone.goto(city.wallet);
    await screen(phone, 'home');
    assert.equal(await phone.getByText(/one-time copies left/).innerText(), copies, 'no copy was used');
    noComplaints(phone);
  });
});
