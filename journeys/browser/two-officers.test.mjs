// What needs two officers: one proposes, a supervisor who works in the dark and in Indonesian confirms.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { join } from 'node:path';
import { accessibilityFaults, noComplaints, openBrowser, picture, root, screen } from './lib/browser.mjs';
import { numbered, residents, startCity } from './lib/city.mjs';
import { joinConsole } from './lib/officer.mjs';
import { apply, openWallet } from './lib/resident.mjs';

const lost = residents.find((one) => one.card_lost);
const [holder, pictured, misspelt, twin] = residents.filter((one) => !one.card_lost && !one.deceased);
let browser;
let city;
let clerk;
let supervisor;

before(async () => {
  [browser, city] = await Promise.all([openBrowser(), startCity()]);
  for (const one of [holder, twin]) await city.carry(one);
  clerk = await joinConsole(browser, city.officerLink('clerk'));
  const inTheDark = { theme: 'dark', language: 'id' };
  supervisor = await joinConsole(browser, city.officerLink('supervisor'), inTheDark);
  await Promise.all([clerk, supervisor].map((page) => screen(page, 'applications')));
});
after(async () => {
  await browser?.close();
  await city?.stop();
});

const problem = async (page, kind) => {
  await page.locator(`[data-problem="${kind}"]`).waitFor({ timeout: 30_000 });
  assert.doesNotMatch(await page.locator('main').innerText(), /problem\.|[{}]/);
};

/** A form of a way to propose something, once it is there: those before it have fields of the same names. */
const way = async (link, title) => {
  await clerk.getByRole('link', { name: 'Two officers' }).click();
  await screen(clerk, 'proposals');
  await clerk.getByRole('link', { name: link }).click();
  await clerk.locator(title).waitFor();
};
const because = async (number, reason) => {
  await clerk.getByLabel('Case number').fill(number);
  await clerk.getByLabel('Reason').fill(reason);
};

/** The supervisor opens what waits. */
const opened = async () => {
  await supervisor.goto(`${city.authority}/#/proposals`);
  await supervisor.reload();
  const proposal = supervisor.locator('[data-proposal="open"]');
  await proposal.getByRole('button', { name: 'Lihat dan putuskan' }).click({ timeout: 30_000 });
  // The reason has the focus: the rest is done by keyboard.
  await supervisor.waitForFunction(() => document.activeElement?.id.startsWith('settle-'));
  return proposal;
};
const confirmed = (done) =>
  supervisor.locator('[data-proposal="confirmed"]').first().getByText(done).waitFor();

/** The clerk looks a number up: how the record is headed. */
const found = async (number, why) => {
  await clerk.getByRole('link', { name: 'Residents', exact: true }).click();
  await screen(clerk, 'residents');
  await because(why, 'looks whether it has been done');
  await clerk.getByLabel('Resident number').fill(number);
  await clerk.getByRole('button', { name: 'Look up' }).click();
  return clerk.locator('#resident-title').innerText({ timeout: 30_000 });
};

describe('an application', () => {
  it('is decided once by two officers; the slower one is told', { timeout: 180_000 }, async () => {
    const wallet = await openWallet(browser, city, lost);
    await apply(wallet, lost);
    await screen(wallet, 'referred');
    for (const page of [clerk, supervisor]) {
      await page.locator('[data-id]').first().click({ timeout: 30_000 });
      await page.locator('[data-application]').waitFor({ timeout: 30_000 });
    }
    await picture(supervisor, 'console-application-dark');
    assert.deepEqual(await accessibilityFaults(supervisor), []);
    const decide = async (page, verdict) => {
      await page.locator(`input[value="${verdict}"]`).check();
      await page.locator('#reason').fill('looked at by two officers');
      await page.locator('form button[type="submit"]').click();
    };
    await decide(clerk, 'refuse');
    await clerk.getByText('Refused: the applicant is told').waitFor();
    await decide(supervisor, 'approve');
    await problem(supervisor, 'decided_already');
    await picture(supervisor, 'console-decided-already');
    await screen(wallet, 'refused');
    noComplaints(supervisor);
  });
});

describe('an act on many cards', () => {
  const reason = 'the box with the letters was stolen';

  it('is proposed by one officer, who sees first what it comes to', async () => {
    await way('Act on many cards', '#list-title');
    await clerk.getByLabel('Resident numbers').fill(`${holder.number}\n12345\n${twin.number}\n`);
    await because('2026-40', reason);
    await clerk.getByRole('button', { name: 'Check the list' }).click();
    await clerk.getByText('This would suspend 2 cards').waitFor();
    await clerk.locator('[data-fault="not_a_number"]').getByText('Line 2').waitFor();
    await picture(clerk, 'console-many-cards');
    assert.deepEqual(await accessibilityFaults(clerk), []);
    await clerk.getByRole('button', { name: 'Propose it' }).click();
    await clerk.getByText('Proposed. A supervisor confirms or declines it.').waitFor();
    await clerk.locator('[data-proposal="open"]').getByText('Proposed by you').waitFor();
    noComplaints(clerk);
  });

  it('is confirmed by another, and takes effect at once', async () => {
    await supervisor.goto(`${city.authority}/#/proposals`);
    await screen(supervisor, 'proposals');
    await supervisor.locator('[data-proposal="open"]').getByText(reason).waitFor({ timeout: 30_000 });
    const listed = await supervisor.locator('main').innerText();
    assert.ok(!listed.includes(holder.number) && !listed.includes(twin.number), 'nobody is named');
    await opened();
    await supervisor.keyboard.type('dicocokkan dengan laporan polisi');
    await picture(supervisor, 'console-proposal-dark');
    assert.deepEqual(await accessibilityFaults(supervisor), []);
    await supervisor.keyboard.press('Enter');
    await confirmed('Dilakukan untuk 2 dari 2.');
    await supervisor.getByText(/Diterbitkan \d+ detik lalu/).waitFor();
    await picture(supervisor, 'console-proposal-confirmed');
    noComplaints(supervisor);
    await clerk.reload();
    await clerk.locator('[data-proposal="confirmed"]').getByText('Done for 2 of 2.').waitFor();
  });
});

/** A number that nobody has. */
const freshNumber = (serial) => numbered(`44010619800517${serial}`);

describe('a register file', () => {
  const portrait = (pictures) => readFileSync(join(root, 'sandbox/people', pictures, 'portrait.jpg'));
  const row = (serial, more) =>
    JSON.stringify({
      number: freshNumber(serial),
      family_name: 'Baru',
      birth_date: '1980-05-17',
      sex: 1,
      ...more,
    });
  const file = (...rows) => ({
    name: 'people.jsonl',
    mimeType: 'application/x-ndjson',
    buffer: Buffer.from(rows.join('\n')),
  });
  const bring = async (...files) => {
    await clerk.getByLabel('Register file').setInputFiles(files);
    await clerk.getByRole('button', { name: 'Check the file' }).click();
  };

  it('is looked at row by row, and proposed', { timeout: 120_000 }, async () => {
    await way('Add residents from a file', '#import-title');
    await bring({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from('number,name\n1,2\n') });
    await problem(clerk, 'file_columns');
    await clerk
      .getByLabel('Pictures that the file names')
      .setInputFiles({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: portrait(holder.pictures) });
    await bring(
      file(
        row('101', { portrait: 'people/a.jpg' }),
        row('103', { portrait_base64: portrait(pictured.pictures).toString('base64') }),
        row('105', { portrait: 'people/b.jpg' }),
        row('101', { portrait: 'people/a.jpg' }),
      ),
    );
    await clerk.getByText('2 people would be added').waitFor({ timeout: 60_000 });
    await clerk.locator('[data-fault="portrait-unreadable"]').getByText('Line 3').waitFor();
    await clerk.locator('[data-fault="number-twice"]').getByText('Line 4').waitFor();
    await picture(clerk, 'console-import');
    assert.deepEqual(await accessibilityFaults(clerk), []);
    await because('2026-41', 'moved here together from the north');
    await clerk.getByRole('button', { name: 'Propose it' }).click();
    await clerk.locator('[data-proposal="open"]').getByText('Add 2 residents to the register').waitFor();
    noComplaints(clerk);
  });

  it('is in the register when a second officer confirms', { timeout: 60_000 }, async () => {
    const proposal = await opened();
    await proposal.getByText('Dari berkas people.jsonl; 2 baris tidak disertakan.').waitFor();
    await picture(supervisor, 'console-proposal-import-dark');
    assert.deepEqual(await accessibilityFaults(supervisor), []);
    await supervisor.locator('input[id^="settle-"]').fill('dicocokkan dengan daftar');
    await supervisor.getByRole('button', { name: 'Sahkan: lakukan sekarang' }).click();
    // The act on many cards, confirmed before, was done for two as well.
    const added = supervisor.locator('[data-proposal="confirmed"]', {
      hasText: 'Tambahkan 2 penduduk ke daftar',
    });
    await added.getByText('Dilakukan untuk 2 dari 2.').waitFor();
    assert.match(await found(freshNumber('103'), '2026-41'), /^B•/);
  });
});

describe('a record', () => {
  const sides = (proposal) => proposal.locator('.sides section');

  it('is proposed to be corrected, and its proposer sees what would change', async () => {
    await way('Correct a record', '#correct-title');
    await clerk.getByLabel('Number of the record').fill(misspelt.number);
    await because('2026-42', 'the birth certificate has another name');
    await clerk.getByLabel('Given name').fill('Satu');
    await clerk.getByRole('button', { name: 'Propose it' }).click();
    await clerk.getByText('Enter a name.').waitFor();
    await clerk.getByLabel('Family name').fill('Terbaru');
    await picture(clerk, 'console-correct');
    assert.deepEqual(await accessibilityFaults(clerk), []);
    await clerk.getByRole('button', { name: 'Propose it' }).click();
    await clerk.getByText('Proposed. A supervisor confirms or declines it.').waitFor();
    const proposal = clerk.locator('[data-proposal="open"]');
    await proposal.getByRole('button', { name: 'Look, or withdraw' }).click();
    await sides(proposal).nth(1).getByText('Terbaru').waitFor();
    await picture(clerk, 'console-proposal-correction');
    assert.deepEqual(await accessibilityFaults(clerk), []);
    await proposal.getByRole('button', { name: 'Cancel' }).click();
    noComplaints(clerk);
  });

  it('is corrected when a second officer confirms', { timeout: 60_000 }, async () => {
    const proposal = await opened();
    const [before, after] = await sides(proposal).allInnerTexts();
    assert.ok(before.includes(misspelt.family_name) && !before.includes('Terbaru'), before);
    assert.ok(after.includes('Terbaru') && after.includes(misspelt.number), after);
    assert.equal(await proposal.locator('.differs').count(), 2, 'the name alone, on either side');
    await picture(supervisor, 'console-proposal-correction-dark');
    assert.deepEqual(await accessibilityFaults(supervisor), []);
    await supervisor.keyboard.type('dicocokkan dengan akta kelahiran');
    await supervisor.keyboard.press('Enter');
    await confirmed('Dilakukan untuk 1 dari 1.');
    noComplaints(supervisor);
    assert.match(await found(misspelt.number, '2026-42'), /T•/);
  });

  it('is proposed to be merged with another of the same person', async () => {
    await way('Merge two records', '#merge-title');
    await clerk.getByLabel('Number of the record that stays').fill(misspelt.number);
    await because('2026-43', 'entered twice when the district moved');
    await clerk.getByRole('button', { name: 'Propose it' }).click();
    await clerk.locator('#merge-goes').and(clerk.locator('[aria-invalid="true"]')).waitFor();
    await clerk.getByLabel('Number of the record that goes').fill(twin.number);
    await picture(clerk, 'console-merge');
    assert.deepEqual(await accessibilityFaults(clerk), []);
    await clerk.getByRole('button', { name: 'Propose it' }).click();
    await clerk.getByText('Proposed. A supervisor confirms or declines it.').waitFor();
    noComplaints(clerk);
  });

  it('is one with the other when a second officer confirms', { timeout: 60_000 }, async () => {
    const proposal = await opened();
    const [stays, goes] = await sides(proposal).allInnerTexts();
    assert.ok(stays.includes(misspelt.number) && goes.includes(twin.number), `${stays}\n${goes}`);
    await picture(supervisor, 'console-proposal-merger-dark');
    assert.deepEqual(await accessibilityFaults(supervisor), []);
    await supervisor.keyboard.type('orang yang sama, dilihat di loket');
    await supervisor.keyboard.press('Enter');
    await confirmed('Dilakukan untuk 2 dari 2.');
    noComplaints(supervisor);
    // The number of the one that went leads to the one that stayed, which never had a card.
    assert.match(await found(twin.number, '2026-43'), /T•/);
    await clerk.getByText('No card was ever issued.').waitFor();
    noComplaints(clerk);
  });
});
