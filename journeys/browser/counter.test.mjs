// What officers do at the console for and about people: marks, a lock after questions, a report settled, a face that
// is two residents', records exported, a relying party's purposes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { accessibilityFaults, noComplaints, openBrowser, picture, root, screen } from './lib/browser.mjs';
import { numbered, residents, startCity } from './lib/city.mjs';
import { joinConsole } from './lib/officer.mjs';
import { agree, apply, ask, byCode, openDesk, openWallet, verdictOf } from './lib/resident.mjs';

const [holder, other] = residents;
const twin = { number: numbered('44011519750102001'), name: 'Sha Twin', pictures: holder.pictures };
let browser;
let city;
let clerk;
let supervisor;
let carried;
let desk;

before(async () => {
  [browser, city] = await Promise.all([openBrowser(), startCity()]);
  // First: from the moment at which the twin is in the register, this face is two residents'.
  carried = await city.carry(holder);
  const portrait = join(root, 'sandbox/people', holder.pictures, 'portrait.jpg');
  const by = ['--officer', 'tester', '--reason', 'a test of the pages'];
  const name = ['--family-name', 'Sha', '--given-name', 'Twin', '--photo', portrait];
  await city.tanda('register', 'add', '--number', twin.number, ...name, ...by);
  clerk = await joinConsole(browser, city.officerLink('clerk'));
  supervisor = await joinConsole(browser, city.officerLink('supervisor'));
  for (const page of [clerk, supervisor]) await screen(page, 'applications');
  desk = await openDesk(browser, city, 'hotel-nansha');
});
after(async () => {
  await browser?.close();
  await city?.stop();
});

/** Opens an area of the console. */
async function area(page, name, shown) {
  await page.getByRole('link', { name: new RegExp(`^${name}`) }).click();
  await screen(page, shown);
}

async function lookUp(page, { number }, reason) {
  await area(page, 'Residents', 'residents');
  await page.getByLabel('Case number').fill('2026-50');
  await page.getByLabel('Reason').fill(reason);
  await page.getByLabel('Resident number').fill(number);
  await page.getByRole('button', { name: 'Look up' }).click();
  await page.locator('[data-resident]').waitFor({ timeout: 30_000 });
}

/** What the hotel sees of the card that is carried on the command line. */
async function shown() {
  await ask(desk, 'hotel-check-in');
  await carried('present', '--agree', await desk.locator('[data-code]').getAttribute('data-code'));
  const outcome = await verdictOf(desk);
  await desk.getByRole('button', { name: 'Next guest' }).click();
  return outcome;
}

/** Shows the card until the desk sees what it shall; the promise is a minute. */
async function until(outcome) {
  const began = Date.now();
  while ((await shown()) !== outcome) {
    assert.ok(Date.now() - began < 60_000, `no ${outcome} within a minute`);
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}

describe('a caller who has lost the phone', () => {
  it('has the card locked, once questions are answered', { timeout: 120_000 }, async () => {
    assert.equal(await shown(), 'valid');
    await lookUp(clerk, holder, 'called about a lost phone');
    await clerk.getByRole('button', { name: 'Lock for the holder' }).click();
    await clerk.getByLabel('They named their date of birth').check();
    await clerk.getByRole('button', { name: 'Lock the card' }).click();
    await clerk.getByText('or ask at least two questions').waitFor();
    await clerk.getByLabel('They named when the card was issued').check();
    await clerk.getByRole('button', { name: 'Lock the card' }).click();
    await clerk.getByText('Done, and recorded.').waitFor();
    await picture(clerk, 'counter-locked');
    assert.deepEqual(await accessibilityFaults(clerk), []);
    await until('not_valid');
    await carried('unlock');
    await until('valid');
  });
});

describe('a face that is two residents’', () => {
  let wallet;

  it('is for a supervisor alone', { timeout: 180_000 }, async () => {
    wallet = await openWallet(browser, city, twin);
    await apply(wallet, twin);
    await screen(wallet, 'referred');
    await area(clerk, 'Applications', 'applications');
    const entry = clerk.locator('[data-id]').first();
    await entry.getByText('For a supervisor').waitFor({ timeout: 30_000 });
    await entry.click();
    await clerk.locator('[data-problem="role_not_permitted"]').waitFor();
    await picture(clerk, 'counter-for-a-supervisor');
  });

  it('shows whose it may be; both are frozen, and released', { timeout: 180_000 }, async () => {
    await supervisor.locator('[data-id]').first().click({ timeout: 30_000 });
    await supervisor.getByText('Also like this resident').waitFor({ timeout: 30_000 });
    await picture(supervisor, 'counter-lookalikes');
    assert.deepEqual(await accessibilityFaults(supervisor), []);
    const decide = async (verdict) => {
      await supervisor.locator(`input[value="${verdict}"]`).check();
      await supervisor.locator('#reason').fill('two numbers for one face');
      await supervisor.getByRole('button', { name: 'Decide', exact: true }).click();
    };
    await decide('freeze');
    await supervisor.getByText('1 card is frozen. Your decision restores it.').waitFor();
    await picture(supervisor, 'counter-frozen');
    await until('not_valid');
    await decide('release');
    await supervisor.getByText('is frozen').waitFor({ state: 'detached' });
    await until('valid');
    await decide('refuse');
    await screen(wallet, 'refused');
    noComplaints(supervisor);
    noComplaints(wallet);
  });
});

describe('a report of a relying party', () => {
  it('arrives at the console, and its answer in the wallet', { timeout: 180_000 }, async () => {
    const words = 'They wanted to see my other cards.';
    city.tell(words);
    const wallet = await openWallet(browser, city, other);
    await apply(wallet, other);
    await screen(wallet, 'home');
    await ask(desk, 'hotel-check-in');
    await byCode(wallet, desk);
    await agree(wallet);
    await wallet.getByRole('button', { name: 'Done' }).click();
    await screen(wallet, 'home');
    await verdictOf(desk);
    await desk.getByRole('button', { name: 'Next guest' }).click();
    await wallet.getByRole('button', { name: 'Where I showed it' }).click();
    await screen(wallet, 'history');
    await wallet
      .getByRole('button', { name: /^Report/ })
      .first()
      .click();
    await screen(wallet, 'report');
    await wallet.getByLabel('They wanted more than they need').check();
    await wallet.getByLabel('In your own words').fill(words);
    await wallet.getByRole('button', { name: 'Send the report' }).click();
    await screen(wallet, 'reported');

    await area(clerk, 'Reports', 'reports');
    const report = clerk.locator('[data-report="hotel-nansha"]');
    await report.getByText(words).waitFor({ timeout: 30_000 });
    const said = await clerk.locator('main').innerText();
    for (const part of [other.number, other.family_name])
      assert.ok(!said.includes(part), 'it says not whose');
    await report.getByRole('button', { name: 'Settle' }).click();
    await report.getByRole('button', { name: 'Settle the report' }).click();
    await report.getByText('State why, in at least').waitFor();
    await report.getByLabel('What was done').fill('the hotel was told what it may ask');
    await picture(clerk, 'counter-report');
    assert.deepEqual(await accessibilityFaults(clerk), []);
    await report.getByRole('button', { name: 'Settle the report' }).click();
    await clerk.getByText('Settled: the resident reads your answer.').waitFor();
    await clerk.getByText('No report waits.').waitFor();

    await wallet.getByRole('button', { name: 'Done' }).click();
    await wallet.getByRole('button', { name: 'Who looked at my record' }).click();
    await screen(wallet, 'looks');
    await wallet.getByText('the hotel was told what it may ask').waitFor({ state: 'attached' });
    noComplaints(clerk);
    noComplaints(wallet);
  });
});

describe('records', () => {
  it('leave the register when a second officer confirms, once', { timeout: 120_000 }, async () => {
    await area(clerk, 'Two officers', 'proposals');
    await clerk.getByRole('link', { name: 'Export records' }).click();
    await clerk.locator('#list-title').getByText('Export records').waitFor();
    await clerk.getByLabel('Resident numbers').fill(`${holder.number}\n12345\n${other.number}\n`);
    await clerk.getByLabel('Case number').fill('2026-51');
    await clerk.getByLabel('Reason').fill('the court asks for these two');
    await clerk.getByRole('button', { name: 'Check the list' }).click();
    await clerk.getByText('The file would have 2 records').waitFor();
    await clerk.locator('[data-fault="not_a_number"]').getByText('Line 2').waitFor();
    await picture(clerk, 'counter-export');
    assert.deepEqual(await accessibilityFaults(clerk), []);
    await clerk.getByRole('button', { name: 'Propose it' }).click();
    await clerk.locator('[data-proposal="open"]').getByText('Export 2 records').waitFor();

    await area(supervisor, 'Two officers', 'proposals');
    const proposal = supervisor.locator('[data-proposal="open"]');
    await proposal.getByRole('button', { name: 'Look and decide' }).click({ timeout: 30_000 });
    await proposal.getByText('2 numbers, masked').waitFor();
    await supervisor.locator('input[id^="settle-"]').fill('compared with the court order');
    await supervisor.getByRole('button', { name: 'Confirm: do it now' }).click();
    await supervisor.locator('[data-proposal="confirmed"]').first().waitFor();
    assert.equal(await supervisor.getByRole('button', { name: 'Fetch the file' }).count(), 0);

    const button = clerk.getByRole('button', { name: 'Fetch the file' });
    await button.waitFor({ timeout: 30_000 });
    await picture(clerk, 'counter-export-fetch');
    const [file] = await Promise.all([clerk.waitForEvent('download'), button.click()]);
    assert.equal(file.suggestedFilename(), 'records-2026-51.csv');
    const lines = readFileSync(await file.path(), 'utf8')
      .trim()
      .split('\n');
    assert.equal(lines.length, 3);
    assert.ok(lines[1].startsWith(`${holder.number},${holder.family_name},`), lines[1]);
    await button.waitFor({ state: 'detached' });
    noComplaints(clerk);
  });
});

describe('a relying party whose purpose is taken away', () => {
  it('is refused for it by the wallet, by name', { timeout: 120_000 }, async () => {
    await ask(desk, 'hotel-check-in');
    await area(supervisor, 'Relying parties', 'parties');
    await supervisor.goto(`${city.authority}/#/parties/hotel-nansha`);
    await supervisor.locator('[data-record="hotel-nansha"]').waitFor();
    await supervisor.getByRole('button', { name: 'Change purposes' }).click();
    const purposes = supervisor.locator('[data-record] input[type="checkbox"]');
    const names = await purposes.count();
    assert.ok(names > 1, 'there is another purpose to give it');
    for (let at = 0; at < names; at += 1) await purposes.nth(at).setChecked(false);
    await supervisor.getByLabel('Ticket in your name').check();
    await supervisor.getByLabel('Reason').fill('it is a ticket office now');
    await picture(supervisor, 'counter-party-change');
    assert.deepEqual(await accessibilityFaults(supervisor), []);
    await supervisor.getByRole('button', { name: 'Change the purposes' }).click();
    await supervisor.getByText('Changed. What was taken away is refused everywhere').waitFor();
    await new Promise((resolve) => setTimeout(resolve, 11_000));
    const code = await desk.locator('[data-code]').getAttribute('data-code');
    await assert.rejects(carried('present', '--agree', code), /withdrawn|may not ask|not registered/i);
    noComplaints(supervisor);
  });
});

describe('somebody who has died', () => {
  it('is marked by a supervisor, and the card is revoked', { timeout: 120_000 }, async () => {
    await lookUp(clerk, holder, 'the physical card was found in a river');
    await clerk.locator('[data-mark="card_lost"]').getByRole('button', { name: 'Note as lost' }).click();
    await clerk.getByRole('button', { name: 'Note the physical card as lost' }).click();
    await clerk.getByText('The physical card is reported lost').waitFor();
    assert.equal(await clerk.getByRole('button', { name: 'Mark as deceased' }).count(), 0);
    await lookUp(supervisor, holder, 'the registry office reports a death');
    await supervisor.getByRole('button', { name: 'Mark as deceased' }).click();
    await supervisor.locator('form').getByRole('button', { name: 'Mark as deceased' }).click();
    await supervisor.getByText('Registered as deceased').waitFor();
    await supervisor.locator('[data-card="revoked"]').waitFor();
    await picture(supervisor, 'counter-deceased');
    assert.deepEqual(await accessibilityFaults(supervisor), []);
    noComplaints(clerk);
    noComplaints(supervisor);
  });
});
