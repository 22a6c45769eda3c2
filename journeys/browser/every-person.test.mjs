// The light card as people get and show it: at a person's pace, and without a pointer.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { counter, noComplaints, openBrowser, openPage, picture, root, screen } from './lib/browser.mjs';
import { residents, startCity } from './lib/city.mjs';
import { atTheHeading, fill, press, reach } from './lib/keyboard.mjs';
import { reaction, read, type, unlocking, watchScreens } from './lib/pace.mjs';
import { joinConsole } from './lib/officer.mjs';
import { openDesk, openWallet } from './lib/resident.mjs';

const [resident, other, third] = residents.filter((one) => !one.card_lost && !one.deceased);
let browser;
let city;

before(async () => {
  [browser, city] = await Promise.all([openBrowser(), startCity()]);
});
after(async () => {
  await browser?.close();
  await city?.stop();
});

/** Lays the journey down beside the pictures: which screens, how long each stood there. */
function record(seen, ended) {
  const lines = seen.map(({ screen: name, heading, at }, n) => {
    const seconds = ((seen[n + 1]?.at ?? ended) - at) / 1000;
    return `| ${n + 1} | ${name} | ${heading} | ${seconds.toFixed(1)} |`;
  });
  const table = ['| | screen | heading | seconds |', '|---:|---|---|---:|', ...lines, ''].join('\n');
  mkdirSync(`${root}test-artefacts`, { recursive: true });
  writeFileSync(`${root}test-artefacts/light-card.md`, table);
  return table;
}

describe('a resident who has their papers at hand', () => {
  it(
    'has the light card after six screens at most, and within two minutes',
    { timeout: 240_000 },
    async (test) => {
      const page = await openWallet(browser, city, resident, { reaction });
      const screens = await watchScreens(page);
      await page.getByRole('button', { name: 'Get my card' }).click();
      await screen(page, 'account');
      const began = performance.now();
      await read(page);
      await type(page.getByLabel('What should we call this account?'), 'My phone');
      await page.waitForTimeout(unlocking);
      await page.getByRole('button', { name: 'Make a passkey' }).click();
      await screen(page, 'details');
      await read(page);
      await type(page.getByLabel('Resident number'), resident.number);
      await type(page.getByLabel('Full name'), resident.name);
      await page.getByRole('button', { name: 'Go on' }).click();
      await screen(page, 'consent');
      await read(page);
      await page.getByRole('button', { name: 'I agree, open the camera' }).click();
      await screen(page, 'home');
      const seconds = (performance.now() - began) / 1000;
      const ended = await page.evaluate(() => performance.now());
      // The first that was seen is the one on which they asked for the card.
      const [, ...seen] = await screens();
      test.diagnostic(`${seen.length} screens, ${seconds.toFixed(1)} s\n${record(seen, ended)}`);
      assert.ok(seen.length <= 6, seen.map(({ screen: name }) => name).join(', '));
      assert.ok(seconds < 120, `${seconds} s`);
      noComplaints(page);
      await page.context().close();
    },
  );
});

describe('a resident with a keyboard alone', () => {
  let page;

  it('applies and gets the card', { timeout: 180_000 }, async () => {
    page = await openWallet(browser, city, other);
    await press(page, 'Get my card');
    await screen(page, 'account');
    await atTheHeading(page);
    await fill(page, 'What should we call this account?', 'Tester');
    await page.keyboard.press('Enter');
    await screen(page, 'details');
    await atTheHeading(page);
    await fill(page, 'Resident number', other.number);
    await fill(page, 'Full name', other.name);
    await press(page, 'Go on');
    await screen(page, 'consent');
    await atTheHeading(page);
    await press(page, 'I agree, open the camera');
    await screen(page, 'home');
    await atTheHeading(page);
    noComplaints(page);
  });

  it('shows it to a desk that is worked by the keyboard alone', { timeout: 60_000 }, async () => {
    const desk = await openPage(await browser.newContext({ viewport: counter, locale: 'en' }));
    await desk.goto(city.deskLink('hotel-nansha'));
    await screen(desk, 'shift');
    const { staff, pin } = city.staff('hotel-nansha');
    await fill(desk, 'Your name here', staff);
    await fill(desk, 'PIN', pin);
    await desk.keyboard.press('Enter');
    await screen(desk, 'choose');
    await press(desk, 'Hotel check-in');
    await screen(desk, 'request');
    const code = await desk.locator('[data-code]').getAttribute('data-code');
    await press(page, 'Type a code');
    await screen(page, 'code');
    await fill(page, 'Code', code);
    await page.keyboard.press('Enter');
    await screen(page, 'ask');
    await atTheHeading(page);
    await press(page, 'Agree and show');
    await screen(page, 'shown');
    await screen(desk, 'verdict');
    await picture(desk, 'keyboard-verdict');
    await press(desk, 'Next guest');
    await screen(desk, 'choose');
    await press(page, 'Done');
    await screen(page, 'home');
    noComplaints(page);
    noComplaints(desk);
    await desk.context().close();
  });

  it('declines, looks at what was shown, goes back, and changes the language', async () => {
    const desk = await openDesk(browser, city, 'hotel-nansha');
    await press(desk, 'Hotel check-in');
    await screen(desk, 'request');
    await press(page, 'Type a code');
    await fill(page, 'Code', await desk.locator('[data-code]').getAttribute('data-code'));
    await page.keyboard.press('Enter');
    await screen(page, 'ask');
    await press(page, 'Do not show');
    await screen(page, 'declined');
    await press(page, 'Done');
    await screen(page, 'home');
    await press(page, 'Where I showed it');
    await screen(page, 'history');
    await press(page, 'Back');
    await screen(page, 'home');
    await press(page, 'Settings');
    await screen(page, 'settings');
    await reach(page, 'Language');
    for (let n = 0; n < 2; n += 1) await page.keyboard.press('ArrowDown');
    await page.getByRole('heading', { name: '设置' }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'zh-Hans');
    noComplaints(page);
    await desk.context().close();
  });

  it('locks and unlocks it, reports somebody, and deletes the account', { timeout: 60_000 }, async () => {
    // The list of languages still has the focus.
    for (let n = 0; n < 2; n += 1) await page.keyboard.press('ArrowUp');
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    await press(page, 'Back');
    await screen(page, 'home');
    await press(page, 'Lock my card');
    await screen(page, 'control');
    await atTheHeading(page);
    await press(page, 'Lock the card');
    await page.locator('[data-state="locked"]').waitFor();
    await press(page, 'Unlock the card');
    await page.locator('[data-state="open"]').waitFor();
    await press(page, 'Back');
    await screen(page, 'home');
    await press(page, 'Where I showed it');
    await screen(page, 'history');
    await press(page, 'Report');
    await screen(page, 'report');
    await atTheHeading(page);
    await reach(page, 'They wanted more than they need');
    await page.keyboard.press('Space');
    await fill(page, 'In your own words', 'They asked twice.');
    await press(page, 'Send the report');
    await screen(page, 'reported');
    await press(page, 'Done');
    await screen(page, 'home');
    await press(page, 'Settings');
    await screen(page, 'settings');
    await press(page, 'Delete my account');
    await screen(page, 'delete-account');
    await atTheHeading(page);
    await press(page, 'Delete my account');
    await screen(page, 'welcome');
    noComplaints(page);
    await page.context().close();
  });
});

describe('an officer with a keyboard alone', () => {
  it('looks somebody up, suspends the card, and proposes to revoke it', { timeout: 120_000 }, async () => {
    const carried = await city.carry(third);
    assert.ok(carried);
    const page = await joinConsole(browser, city.officerLink('clerk'));
    await screen(page, 'applications');
    await press(page, 'Residents');
    await screen(page, 'residents');
    await fill(page, 'Case number', '2026-60');
    await fill(page, 'Reason', 'asked at the counter about the card');
    await fill(page, 'Resident number', third.number);
    await page.keyboard.press('Enter');
    await page.locator('[data-resident]').waitFor({ timeout: 30_000 });
    await press(page, 'Suspend');
    await page.locator('#act-reason:focus').waitFor();
    await page.keyboard.press('Enter');
    await page.locator('[data-card="suspended"]').waitFor();
    await press(page, 'Two officers');
    await screen(page, 'proposals');
    await press(page, 'Act on many cards');
    await page.locator('#list-title').waitFor();
    await reach(page, 'Suspend');
    for (let n = 0; n < 2; n += 1) await page.keyboard.press('ArrowDown');
    await fill(page, 'Resident numbers', third.number);
    await fill(page, 'Case number', '2026-60');
    await fill(page, 'Reason', 'the card was found at a forger');
    await page.keyboard.press('Enter');
    await page.getByText('This would revoke 1 card for good').waitFor();
    await press(page, 'Propose it');
    const proposal = page.locator('[data-proposal="open"]');
    await proposal.getByText('Revoke 1 card for good').waitFor();
    await press(page, 'Look, or withdraw');
    await page.locator('input[id^="settle-"]:focus').waitFor();
    await page.keyboard.type('it is another one after all');
    await page.keyboard.press('Enter');
    await page.locator('[data-proposal="withdrawn"]').waitFor();
    noComplaints(page);
    await page.context().close();
  });
});
