// The wallet without a network: the page opens, the card is there, and what cannot be done is said.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  accessibilityFaults,
  noComplaints,
  openBrowser,
  openPage,
  phone,
  picture,
  screen,
  unplug,
} from './lib/browser.mjs';
import { copyOfBuild, rebuild, shellOf, walletBuild } from './lib/build.mjs';
import { residents, startCity } from './lib/city.mjs';
import { apply, ask, openDesk, openWallet } from './lib/resident.mjs';
import { serve } from './lib/site.mjs';

const [resident] = residents;
let browser;
let city;
let wallet;

before(async () => {
  [browser, city] = await Promise.all([openBrowser(), startCity()]);
});
after(async () => {
  await browser?.close();
  await city?.stop();
});

/** Waits until the page's own worker answers for it. */
const kept = (page) =>
  page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    while (!navigator.serviceWorker.controller) await new Promise((resolve) => setTimeout(resolve, 50));
  });
/** What the browser has kept of the page: the text of each file by its path, a map for each build. */
const caches = (page) =>
  page.evaluate(async () => {
    const found = {};
    for (const name of await globalThis.caches.keys()) {
      const cache = await globalThis.caches.open(name);
      found[name] = {};
      for (const request of await cache.keys()) {
        const { pathname, search } = new URL(request.url);
        found[name][pathname + search] = await (await cache.match(request)).text();
      }
    }
    return found;
  });
const text = (page) => page.locator('main').innerText();
const problem = (page, kind) =>
  page.locator(`[data-problem="${kind}"]`).waitFor({ state: 'attached', timeout: 30_000 });

describe('a wallet without a network', () => {
  it('has its page kept, file by file, and nothing of a person', { timeout: 180_000 }, async () => {
    wallet = await openWallet(browser, city, resident);
    await apply(wallet, resident);
    await screen(wallet, 'home');
    const desk = await openDesk(browser, city, 'hotel-nansha');
    await ask(desk, 'hotel-check-in');
    await wallet.goto(await desk.locator('[data-link]').getAttribute('data-link'));
    await screen(wallet, 'ask');
    await wallet.getByRole('button', { name: 'Agree and show' }).click();
    await screen(wallet, 'shown');
    await screen(desk, 'verdict');
    for (const [page, folder] of [
      [wallet, walletBuild],
      [desk, walletBuild.replace(/wallet$/, 'desk')],
    ]) {
      await kept(page);
      const { build, files } = shellOf(folder);
      const found = await caches(page);
      assert.deepEqual(Object.keys(found), [`tanda-shell-${build}`]);
      const shelf = found[`tanda-shell-${build}`];
      assert.deepEqual(Object.keys(shelf).sort(), Object.keys(files).sort());
      for (const [path, body] of Object.entries(shelf))
        assert.equal(body, readFileSync(join(folder, path === '/' ? 'index.html' : path), 'utf8'), path);
    }
    await desk.context().close();
    await wallet.getByRole('button', { name: 'Done' }).click();
    await screen(wallet, 'home');
  });

  it('opens under the same policy, shows the card, and says that there is none', async () => {
    const policy = (await wallet.reload()).headers()['content-security-policy'];
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
    await unplug(wallet.context());
    const opened = await wallet.reload();
    assert.ok(opened.fromServiceWorker());
    assert.equal(opened.headers()['content-security-policy'], policy);
    await screen(wallet, 'home');
    await wallet.getByText('No network', { exact: true }).waitFor();
    assert.match(await wallet.locator('article').innerText(), new RegExp(resident.family_name));
    await wallet.locator('#card-number').click();
    assert.match((await text(wallet)).replace(/\s/g, ''), new RegExp(resident.number));
    await wallet.locator('#card-number').click();
    await picture(wallet, 'wallet-no-network');
    assert.deepEqual(await accessibilityFaults(wallet), []);
  });

  it('says what to do when the card is to be shown, and shows where it was shown before', async () => {
    await wallet.getByRole('button', { name: 'Show my card' }).click();
    await problem(wallet, 'no_network_to_show');
    assert.match(await text(wallet), /Wi-Fi or mobile data/);
    await picture(wallet, 'wallet-no-network-to-show');
    await wallet.getByRole('button', { name: 'Try again' }).click();
    await problem(wallet, 'no_network_to_show');
    await wallet.getByRole('button', { name: 'Back to the start' }).click();
    await screen(wallet, 'home');
    await wallet.getByRole('button', { name: 'Type a code' }).click();
    await problem(wallet, 'no_network_to_show');
    await wallet.goBack();
    await screen(wallet, 'home');
    await wallet.getByRole('button', { name: 'Where I showed it' }).click();
    await screen(wallet, 'history');
    assert.match(await text(wallet), /Nansha Harbour Hotel/);
    await wallet.goBack();
    await screen(wallet, 'home');
  });

  it('opens a link to a request, and goes on with it when the network is back', async () => {
    const desk = await openDesk(browser, city, 'hotel-nansha');
    await ask(desk, 'hotel-check-in');
    await wallet.goto(await desk.locator('[data-link]').getAttribute('data-link'));
    await problem(wallet, 'no_network');
    await unplug(wallet.context(), false);
    await wallet.getByRole('button', { name: 'Try again' }).click();
    await screen(wallet, 'ask');
    await wallet.getByRole('button', { name: 'Do not show' }).click();
    await screen(wallet, 'declined');
    await wallet.getByRole('button', { name: 'Done' }).click();
    await screen(wallet, 'home');
    await desk.context().close();
  });

  it('notices that the network goes and comes while it is open', async () => {
    const notice = wallet.getByText('No network', { exact: true });
    assert.equal(await notice.count(), 0);
    await unplug(wallet.context());
    await notice.waitFor();
    await unplug(wallet.context(), false);
    await notice.waitFor({ state: 'detached' });
    noComplaints(wallet);
  });

  it('and without a card says so too', async () => {
    const context = await browser.newContext({ viewport: phone, locale: 'en' });
    const page = await openPage(context);
    await page.goto(city.wallet);
    await screen(page, 'welcome');
    await kept(page);
    await unplug(context);
    await page.reload();
    await problem(page, 'no_network');
    await picture(page, 'wallet-no-network-no-card');
    await unplug(context, false);
    await page.getByRole('button', { name: 'Try again' }).click();
    await screen(page, 'welcome');
    noComplaints(page);
    await context.close();
  });
});

describe('a desk without a network', () => {
  it('opens and says so', async () => {
    const desk = await openDesk(browser, city, 'hotel-nansha');
    await kept(desk);
    await unplug(desk.context());
    await desk.reload();
    await problem(desk, 'no_network');
    await picture(desk, 'desk-no-network');
    await unplug(desk.context(), false);
    await desk.getByRole('button', { name: 'Try again' }).click();
    await screen(desk, 'choose');
    noComplaints(desk);
    await desk.context().close();
  });
});

describe('a new build of the page', () => {
  let build;
  let site;
  let context;
  let page;

  before(async () => {
    build = copyOfBuild();
    const config = await (await fetch(`${city.wallet}/wallet/config`)).json();
    site = await serve(build.folder, {
      answers: { '/wallet/config': config },
      connect: 'http://localhost:*',
    });
    context = await browser.newContext({ viewport: phone, locale: 'en' });
    page = await openPage(context);
    await page.goto(site.url);
    await screen(page, 'welcome');
    await kept(page);
  });
  after(() => {
    site?.close();
    build?.remove();
  });

  const says = (words) => page.getByRole('button', { name: words, exact: true }).waitFor();
  const builds = async () => Object.keys(await caches(page));
  const only = async (name) => {
    for (let found = await builds(); found.join() !== name; found = await builds())
      await page.waitForTimeout(100);
  };
  const nameOf = (folder) => `tanda-shell-${shellOf(folder).build}`;
  const update = () =>
    page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      const next = await registration.update();
      const worker = next.installing ?? next.waiting;
      if (!worker) return 'none';
      return new Promise((resolve) => {
        const tell = () => {
          if (worker.state === 'activated' || worker.state === 'redundant') resolve(worker.state);
        };
        worker.addEventListener('statechange', tell);
        tell();
      });
    });

  it('is kept whole or not at all', async () => {
    const old = nameOf(build.folder);
    const start = join(build.folder, 'index.html');
    const oldStart = readFileSync(start);
    rebuild(build.folder, 'Get my card', 'Get my second card');
    // All of it is there but the start page, which is still the old one.
    const changed = readFileSync(start);
    writeFileSync(start, oldStart);
    assert.equal(await update(), 'redundant');
    assert.deepEqual(await builds(), [old]);
    writeFileSync(start, changed);
  });

  it('takes over while nobody looks, and not under the eyes of somebody', async () => {
    assert.equal(await update(), 'activated');
    await only(nameOf(build.folder));
    await page.waitForTimeout(300);
    await says('Get my card');
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await says('Get my second card');
  });

  it('shows at the next opening, and without a network afterwards', async () => {
    rebuild(build.folder, 'Get my second card', 'Get my third card');
    await page.reload();
    await says('Get my third card');
    await only(nameOf(build.folder));
    await unplug(context);
    await page.reload();
    await problem(page, 'no_network');
    const scripts = await page.evaluate(() => [...document.scripts].map((one) => new URL(one.src).pathname));
    for (const script of scripts) assert.ok(script in shellOf(build.folder).files);
    noComplaints(page);
    await context.close();
  });
});

describe('a wallet whose service is down', () => {
  it('opens, shows the card, and says so', async () => {
    await city.stop();
    await wallet.reload();
    await screen(wallet, 'home');
    await wallet.getByText('The service does not answer', { exact: true }).waitFor();
    assert.match(await wallet.locator('article').innerText(), new RegExp(resident.family_name));
    await picture(wallet, 'wallet-service-down');
    noComplaints(wallet);
  });
});
