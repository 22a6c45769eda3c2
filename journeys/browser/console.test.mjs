// Officers at the console: a one-time link, a passkey, and a day's work by keyboard.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { join } from 'node:path';
import { accessibilityFaults, noComplaints, openBrowser, picture, root, screen } from './lib/browser.mjs';
import { person, testCamera } from './lib/camera.mjs';
import { residents, startCity } from './lib/city.mjs';
import { joinConsole } from './lib/officer.mjs';
import { apply, ask, byCode, openDesk, openWallet } from './lib/resident.mjs';

const lost = residents.find((one) => one.card_lost);
const [holder, pictured, guest] = residents.filter((one) => !one.card_lost && !one.deceased);
let browser;
let city;
let administrator;
let clerk;

before(async () => {
  [browser, city] = await Promise.all([openBrowser(), startCity()]);
});
after(async () => {
  await browser?.close();
  await city?.stop();
});

const problem = async (page, kind) => {
  await page.locator(`[data-problem="${kind}"]`).waitFor({ timeout: 30_000 });
  assert.doesNotMatch(await page.locator('main').innerText(), /problem\.|[{}]/);
};
const focused = (page) =>
  page.evaluate(() => document.activeElement?.getAttribute('data-id') ?? document.activeElement?.id ?? '');

describe('the first officer', () => {
  it('makes a passkey with the printed link, once', async () => {
    const link = city.officerLink('administrator');
    administrator = await joinConsole(browser, link, {
      onjoin: async (page) => {
        await picture(page, 'console-join');
        assert.deepEqual(await accessibilityFaults(page), []);
        assert.ok(!page.url().includes('invite'), 'the secret has left the address bar');
      },
    });
    await screen(administrator, 'officers');
    const other = await browser.newContext();
    const page = await other.newPage();
    await page.goto(link);
    await problem(page, 'invitation_ended');
    await other.close();
  });

  it('signs out and in again with the passkey', async () => {
    await administrator.getByRole('button', { name: 'Sign out' }).click();
    await screen(administrator, 'signin');
    await picture(administrator, 'console-signin');
    assert.deepEqual(await accessibilityFaults(administrator), []);
    await administrator.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await screen(administrator, 'officers');
  });

  it('invites a clerk, whose link works in another browser', async () => {
    await administrator.getByLabel('Name').fill('Wu Lan, counter 3');
    await administrator.getByLabel('This register does not have them').check();
    await administrator.getByLabel('Reason').fill('starts at the counter today');
    await administrator.getByRole('button', { name: 'Make the link' }).click();
    const link = await administrator.locator('[data-link]').inputValue();
    await picture(administrator, 'console-officers');
    assert.deepEqual(await accessibilityFaults(administrator), []);
    clerk = await joinConsole(browser, link);
    await screen(clerk, 'applications');
    await clerk
      .getByText(/Nobody waits/)
      .first()
      .waitFor({ timeout: 30_000 });
    await administrator.reload();
    await administrator.locator('[data-officer="Wu Lan, counter 3"]').getByText('Active').waitFor();
    noComplaints(administrator);
  });
});

describe('a clerk', () => {
  let wallet;

  it(
    'decides a referred application without a mouse, and the wallet goes on',
    { timeout: 180_000 },
    async () => {
      wallet = await openWallet(browser, city, lost);
      await apply(wallet, lost);
      await screen(wallet, 'referred');
      // The queue refreshes by itself.
      const entry = clerk.locator('[data-id]').first();
      await entry.waitFor({ timeout: 30_000 });
      await clerk.evaluate(() =>
        document.activeElement instanceof HTMLElement ? document.activeElement.blur() : 0,
      );
      for (
        let tabs = 0;
        tabs < 20 && (await focused(clerk)) !== (await entry.getAttribute('data-id'));
        tabs += 1
      )
        await clerk.keyboard.press('Tab');
      await clerk.keyboard.press('Enter');
      await clerk.locator('[data-application]').waitFor({ timeout: 30_000 });
      const shown = await clerk.locator('main').innerText();
      assert.match(shown, /The physical card is reported lost/);
      assert.match(shown, /Clearly the person in the register|Probably the person in the register/);
      assert.ok(!shown.includes(lost.number), 'the number stays masked');
      await picture(clerk, 'console-application');
      assert.deepEqual(await accessibilityFaults(clerk), []);
      assert.equal(await focused(clerk), 'application-title');
      // Along the live pictures, to the decision, to the reason.
      await clerk.keyboard.press('Tab');
      await clerk.keyboard.press('ArrowRight');
      await clerk.keyboard.press('Tab');
      await clerk.keyboard.press('Space');
      await clerk.keyboard.press('Control+Enter');
      await clerk.getByText('State why, in at least').waitFor();
      await clerk.keyboard.press('Tab');
      assert.equal(await focused(clerk), 'reason');
      await clerk.keyboard.type('came to the counter with the police report');
      await clerk.keyboard.press('Control+Enter');
      await clerk.getByText('Approved: the wallet gets the card.').waitFor();
      await screen(wallet, 'home');
      await clerk.getByText('Nobody waits').waitFor();
      noComplaints(clerk);
      noComplaints(wallet);
    },
  );

  it('sees at once when the sign-in has ended elsewhere', async () => {
    await clerk.context().clearCookies();
    await clerk.reload();
    await screen(clerk, 'signin');
  });

  it('is told what to do without a network', async () => {
    await clerk.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await screen(clerk, 'applications');
    await clerk.context().setOffline(true);
    await clerk
      .goto(`${city.authority}/#/applications/01935a2e-0000-7000-8000-000000000000`)
      .catch(() => undefined);
    await problem(clerk, 'no_network');
    await picture(clerk, 'console-offline');
    await clerk.context().setOffline(false);
    await clerk.getByRole('button', { name: 'Try again' }).first().click();
    await problem(clerk, 'gone');
  });
});

describe('a resident looked up', () => {
  const reason = 'asked at the counter about a lost phone';
  let supervisor;

  it('is masked, and shown in full as a step of its own', { timeout: 180_000 }, async () => {
    const wallet = await openWallet(browser, city, holder);
    await apply(wallet, holder);
    await screen(wallet, 'home');
    supervisor = await joinConsole(browser, city.officerLink('supervisor'));
    await screen(supervisor, 'applications');
    assert.ok(
      !(await supervisor.locator('nav').innerText()).includes('Officers'),
      'no way that leads nowhere',
    );
    await supervisor.getByRole('link', { name: 'Residents' }).click();
    await screen(supervisor, 'residents');
    await supervisor.getByLabel('Case number').focus();
    await supervisor.keyboard.type('2026-17');
    await supervisor.keyboard.press('Tab');
    await supervisor.keyboard.type(reason);
    await supervisor.keyboard.press('Tab');
    await supervisor.keyboard.type(holder.number);
    await supervisor.keyboard.press('Enter');
    await supervisor.locator('[data-resident]').waitFor({ timeout: 30_000 });
    const masked = await supervisor.locator('[data-resident]').innerText();
    assert.ok(!masked.includes(holder.number) && !masked.includes(holder.family_name), masked);
    assert.deepEqual(await accessibilityFaults(supervisor), []);
    await supervisor.getByRole('button', { name: 'Show the whole record' }).click();
    await supervisor.locator('[data-resident]').getByText(holder.number).waitFor();
    await picture(supervisor, 'console-resident');
    assert.deepEqual(await accessibilityFaults(supervisor), []);
  });

  it('has a card that is suspended, with the effect shown', async () => {
    await supervisor.getByRole('button', { name: 'Suspend', exact: true }).click();
    await supervisor.getByRole('button', { name: 'Suspend the card' }).click();
    const card = supervisor.locator('[data-card="suspended"]');
    await card.getByText(/Published \d+ s ago/).waitFor();
    await picture(supervisor, 'console-card-suspended');
    assert.deepEqual(await accessibilityFaults(supervisor), []);
    await supervisor.getByRole('button', { name: 'Restore', exact: true }).click();
    await supervisor.getByRole('button', { name: 'Restore the card' }).click();
    await supervisor.locator('[data-card="live"]').waitFor();
    noComplaints(supervisor);
  });

  it('gets a printed sheet of codes at the counter, once identified', async () => {
    await supervisor.getByRole('button', { name: 'Print a sheet of codes' }).click();
    await supervisor.getByRole('button', { name: 'Issue the sheet' }).click();
    await supervisor.getByText('A sheet is handed over at the counter').waitFor();
    await supervisor.getByLabel('They named their whole number').check();
    await supervisor.getByLabel('They named their date of birth').check();
    await supervisor.getByRole('button', { name: 'Issue the sheet' }).click();
    await supervisor.getByText('A sheet is handed over at the counter').waitFor();
    await supervisor.getByLabel('The face is the one on the portrait').check();
    await picture(supervisor, 'console-identified');
    assert.deepEqual(await accessibilityFaults(supervisor), []);
    await supervisor.getByRole('button', { name: 'Issue the sheet' }).click();
    await supervisor.locator('[data-sheet]').waitFor();
    assert.equal(await supervisor.locator('[data-sheet] code').count(), 20);
    assert.deepEqual(await accessibilityFaults(supervisor), []);
    await picture(supervisor, 'console-sheet');
    await supervisor.emulateMedia({ media: 'print' });
    await picture(supervisor, 'console-sheet-printed');
    assert.ok(!(await supervisor.getByRole('button', { name: 'Print', exact: true }).isVisible()));
    await supervisor.emulateMedia({ media: 'screen' });
    await supervisor.getByRole('button', { name: 'It is handed over: close' }).click();
    await supervisor.locator('[data-card="retired"]').first().waitFor();
    await supervisor.locator('[data-card="live"]').waitFor();
    noComplaints(supervisor);
  });

  it('is told in a sentence when nobody has the number', async () => {
    await supervisor.getByLabel('Resident number').fill('11010519491231002X');
    await supervisor.getByRole('button', { name: 'Look up' }).click();
    await problem(supervisor, 'nobody');
  });

  it('is added by hand with a photo', async () => {
    await supervisor.getByRole('link', { name: 'Add somebody who is not in the register' }).click();
    // The form before this one has fields of the same names.
    await supervisor.locator('#add-title').waitFor();
    await supervisor.getByLabel('Resident number').fill('11010519491231002X');
    await supervisor.getByLabel('Family name').fill('Contoh');
    await supervisor.getByLabel('Date of birth').fill('1949-12-30');
    await supervisor.getByLabel('Case number').fill('2026-18');
    await supervisor.getByLabel('Reason').fill('moved here from another district');
    await supervisor
      .getByLabel('Photo')
      .setInputFiles(join(root, 'sandbox/people', pictured.pictures, 'portrait.jpg'));
    await supervisor.getByAltText('The photo that was chosen').waitFor();
    await supervisor.getByRole('button', { name: 'Put into the register' }).click();
    await problem(supervisor, 'birth_date');
    await supervisor.getByLabel('Date of birth').fill('1949-12-31');
    await supervisor.getByRole('button', { name: 'Put into the register' }).click();
    await supervisor.getByText('In the register. The number is masked from now on.').waitFor();
    assert.equal(
      await supervisor.getByLabel('Photo').inputValue(),
      '',
      'the next one begins without a photo',
    );
    await picture(supervisor, 'console-resident-added');
    assert.deepEqual(await accessibilityFaults(supervisor), []);
  });
});

describe('a photo with the camera', () => {
  it('takes the place of a file, and says plainly when there is none', async () => {
    const page = await second('clerk');
    await screen(page, 'applications');
    const form = async () => {
      await page.goto(`${city.authority}/#/residents/new`);
      await page.reload();
      await page.getByRole('button', { name: 'Take it with the camera' }).click();
    };
    await form();
    await page.locator('[data-problem="no_camera"], [data-problem="camera_denied"]').waitFor();
    await testCamera(page.context(), person(pictured.pictures));
    await form();
    await page.getByLabel('What the camera sees').waitFor();
    await picture(page, 'console-camera');
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.getByRole('button', { name: 'Take the photo' }).click();
    await page.getByAltText('The photo that was chosen').waitFor();
    await picture(page, 'console-camera-taken');
    noComplaints(page);
    await page.context().close();
  });
});

describe('a relying party', () => {
  const inn = ['--authority', '', '--relying-party', 'inn-delta'];
  let supervisor;

  it('applies on the command line, and is registered at the console for what an officer chooses', async () => {
    inn[1] = city.authority;
    const names = ['--name-en', 'Delta Inn', '--name-id', 'Wisma Delta', '--name-zh', '三角洲旅馆'];
    const purposes = ['--purpose', 'hotel-check-in', '--purpose', 'bank-account'];
    await city.tanda('relying-party', 'apply', ...inn, ...names, ...purposes);
    supervisor = await second('supervisor');
    await screen(supervisor, 'applications');
    await supervisor.getByRole('link', { name: 'Relying parties' }).click();
    await screen(supervisor, 'parties');
    await supervisor.locator('[data-party="inn-delta"]').waitFor({ timeout: 30_000 });
    assert.equal(await supervisor.locator('[data-party]').first().getAttribute('data-party'), 'inn-delta');
    await picture(supervisor, 'console-parties');
    assert.deepEqual(await accessibilityFaults(supervisor), []);
    await supervisor.getByRole('link', { name: 'Delta Inn' }).click();
    await supervisor.locator('[data-record="inn-delta"]').waitFor();
    const shown = await supervisor.locator('main').innerText();
    assert.match(shown, /With the full card only/);
    assert.match(shown, /May keep it for 30 days/);
    await picture(supervisor, 'console-party-applied');
    assert.deepEqual(await accessibilityFaults(supervisor), []);
    await supervisor.getByRole('button', { name: 'Register', exact: true }).click();
    await supervisor.getByLabel('Opening a bank account').uncheck();
    await supervisor.getByLabel('Reason').fill('licence seen at the counter');
    await picture(supervisor, 'console-party-registering');
    await supervisor.getByRole('button', { name: 'Register it' }).click();
    await supervisor.getByText('Registered: it can fetch its certificates.').waitFor();
    const { stdout } = await city.tanda('relying-party', 'fetch', ...inn);
    assert.match(stdout, /^registered, since .*licence seen at the counter/);
  });

  it('is suspended, and the wallet says so', { timeout: 180_000 }, async () => {
    const desk = await openDesk(browser, city, 'hotel-nansha');
    const wallet = await openWallet(browser, city, guest);
    await apply(wallet, guest);
    await screen(wallet, 'home');
    await ask(desk, 'hotel-check-in');
    await supervisor.goto(`${city.authority}/#/parties/hotel-nansha`);
    await supervisor.locator('[data-record="hotel-nansha"]').waitFor();
    await supervisor.getByRole('button', { name: 'Suspend', exact: true }).click();
    await supervisor.getByLabel('Reason').fill('keeps copies of portraits');
    await supervisor.getByRole('button', { name: 'Suspend it' }).click();
    await supervisor.getByText('Suspended: published now').waitFor();
    await picture(supervisor, 'console-party-suspended');
    assert.deepEqual(await accessibilityFaults(supervisor), []);
    // The verifier's list is ten seconds old at most.
    await new Promise((resolve) => setTimeout(resolve, 11_000));
    await byCode(wallet, desk);
    await problem(wallet, 'asker_suspended');
    assert.match(await wallet.locator('main').innerText(), /has suspended Nansha Harbour Hotel/);
    await picture(wallet, 'wallet-asker-suspended');
    assert.deepEqual(await accessibilityFaults(wallet), []);
    noComplaints(supervisor);
  });
});

describe('the figures', () => {
  it('are there for every role, and of nobody', async () => {
    await administrator.getByRole('link', { name: 'Figures' }).click();
    await screen(administrator, 'figures');
    await administrator
      .locator('[data-sum="approved"]')
      .getByText(/^[1-9]/)
      .waitFor();
    const shown = await administrator.locator('main').innerText();
    for (const name of [lost.family_name, holder.family_name, 'Wu Lan']) assert.ok(!shown.includes(name));
    await administrator
      .locator('[data-said="good"]')
      .getByText(/^[1-9]/)
      .waitFor();
    // How much room is left on this machine's disk is none of the test's business.
    for (const check of ['models', 'log', 'housekeeping'])
      assert.ok(await administrator.locator(`[data-health="${check}"]:not(.bad)`).isVisible(), check);
    await administrator.getByText('The same in numbers').click();
    await picture(administrator, 'console-figures');
    assert.deepEqual(await accessibilityFaults(administrator), []);
    noComplaints(administrator);
  });
});

/** Another officer of a role, invited by the administrator. */
async function second(role, options) {
  await administrator.getByRole('link', { name: 'Officers' }).click();
  await screen(administrator, 'officers');
  await administrator.getByLabel('Name').fill(`Second ${role}`);
  await administrator.getByLabel('Role').selectOption(role);
  await administrator.getByLabel('This register does not have them').check();
  await administrator.getByLabel('Reason').fill('starts at the counter today');
  await administrator.getByRole('button', { name: 'Make the link' }).click();
  return joinConsole(browser, await administrator.locator('[data-link]').inputValue(), options);
}
