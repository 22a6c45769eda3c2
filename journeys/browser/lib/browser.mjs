// A browser as Debian ships it, quiet on the network, and pages whose every complaint fails the test.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const root = fileURLToPath(new URL('../../..', import.meta.url));
const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const pictures = `${root}test-artefacts/browser`;
mkdirSync(pictures, { recursive: true });

export const phone = { width: 390, height: 844 };
export const smallPhone = { width: 360, height: 640 };
export const counter = { width: 1280, height: 800 };

export function openBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Where the console looks for the card reader of its own counter. */
const counterReader = 'http://127.0.0.1:8610';

// What a page may say: a refused or failed call shows up in the console whatever the page makes of it.
const ofTheNetwork = /Failed to load resource|net::ERR_/;

/** A page that keeps what went wrong in it: script errors, console errors, breaches of the content policy, other hosts. */
export async function openPage(context) {
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !ofTheNetwork.test(message.text()))
      complaints.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const { origin, protocol, hostname } = new URL(request.url());
    if (origin === counterReader) return;
    if (protocol.startsWith('http') && hostname !== 'localhost') complaints.push(`another host: ${hostname}`);
  });
  page.complaints = complaints;
  return page;
}

export function noComplaints(page) {
  assert.deepEqual(page.complaints, []);
}

/**
 * Takes the network away from a context's pages, or gives it back. Chromium forgets on a page that a service worker
 * has opened that it plays being offline, so the pages are told in its place.
 */
export async function unplug(context, off = true) {
  if (!context.unplugs) {
    context.unplugs = true;
    await context.addInitScript(() => {
      const get = () => localStorage.getItem('test-unplugged') !== 'true';
      Object.defineProperty(Navigator.prototype, 'onLine', { get, configurable: true });
    });
  }
  for (const page of context.pages())
    await page.evaluate((value) => {
      localStorage.setItem('test-unplugged', value);
      Object.defineProperty(Navigator.prototype, 'onLine', {
        get: () => value !== 'true',
        configurable: true,
      });
    }, String(off));
  await context.setOffline(off);
}

/** Saves a picture of the page under test-artefacts/browser. */
export function picture(page, name) {
  return page.screenshot({
    path: `${pictures}/${name}.png`,
    animations: 'disabled',
  });
}

/** What axe finds against WCAG 2.2 A and AA. */
export async function accessibilityFaults(page) {
  // What fades in has its own colours only when it has arrived; what turns for ever is left alone.
  await page.evaluate(async () => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    const ending = document
      .getAnimations()
      .filter((one) => one.effect?.getComputedTiming().iterations !== Infinity);
    await Promise.race([
      Promise.all(ending.map((one) => one.finished.catch(() => undefined))),
      new Promise((resolve) => setTimeout(resolve, 2000)),
    ]);
  });
  // Evaluated through the debugger, so that the page's content policy stays as it is.
  if (!(await page.evaluate('typeof axe !== "undefined"')))
    await page.evaluate((await import('node:fs')).readFileSync(axePath, 'utf8'));
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    }),
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

const controls = [
  'button',
  'checkbox',
  'combobox',
  'link',
  'menuitem',
  'radio',
  'searchbox',
  'slider',
  'spinbutton',
];
const spoken = new Set([...controls, 'switch', 'tab', 'textbox', 'heading', 'image', 'img']);

/** Sets the size of the letters as one does in a browser's settings, in pixels; 16 is what everybody has. */
export async function letters(page, size) {
  page.devtools ??= await page.context().newCDPSession(page);
  await page.devtools.send('Page.setFontSizes', { fontSizes: { standard: size } });
  await page.evaluate(async (wanted) => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    while (getComputedStyle(document.documentElement).fontSize !== `${wanted}px`) await frame();
    await frame();
  }, size);
}

/** Text that runs out of the screen, or that a frame without a scroll bar cuts off. */
export function cutText(page) {
  return page.evaluate(() => {
    const faults = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const hidden = (element) => element.closest('.unseen, option, [aria-hidden="true"]') !== null;
    const outside = (box, frame, slack) =>
      box.left < frame.left - 1 ||
      box.right > frame.right + 1 ||
      box.top < frame.top - slack ||
      box.bottom > frame.bottom + slack;
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      const holder = text.parentElement;
      if (!text.data.trim() || hidden(holder) || !holder.checkVisibility()) continue;
      const range = document.createRange();
      range.selectNodeContents(text);
      const box = range.getBoundingClientRect();
      if (box.width <= 1) continue;
      const words = text.data.trim().slice(0, 40);
      if (box.left < -1 || box.right > innerWidth + 1) faults.push(`"${words}" leaves the screen`);
      // The box of a line is higher than its letters.
      const slack = parseFloat(getComputedStyle(holder).fontSize) / 4;
      for (let frame = holder; frame && frame !== document.body; frame = frame.parentElement) {
        const { overflowX, overflowY, clipPath } = getComputedStyle(frame);
        if (clipPath !== 'none') break; // hidden from sight, for screen readers alone
        const clips = [overflowX, overflowY].some((value) => value === 'hidden' || value === 'clip');
        if (clips && outside(box, frame.getBoundingClientRect(), slack)) faults.push(`"${words}" is cut off`);
      }
    }
    return faults;
  });
}

/** The controls, headings and pictures of the page as a screen reader says them: what they are, and their names. */
export async function spokenNames(page) {
  page.devtools ??= await page.context().newCDPSession(page);
  const { nodes } = await page.devtools.send('Accessibility.getFullAXTree');
  return nodes
    .filter(({ ignored, role }) => !ignored && spoken.has(role?.value))
    .map(({ role, name }) => ({ role: role.value, name: String(name?.value ?? '').trim() }));
}

/** Waits until the page shows one of the screens, and says which. */
export async function screen(page, ...names) {
  const wanted = page.locator(names.map((name) => `[data-screen="${name}"]`).join(', ')).first();
  const trouble = page.locator('[data-screen="problem"]').first();
  const problem = page.locator('[data-problem]').first();
  for (;;) {
    await wanted.or(trouble).first().waitFor({ timeout: 60_000 });
    // A problem that is just being left, by the back button say, is none: only one that stays counts.
    const there = wanted.waitFor({ timeout: 3000 }).then(
      () => true,
      () => false,
    );
    if (await there) return wanted.getAttribute('data-screen');
    if ((await trouble.count()) === 0) continue;
    const kind = await problem.getAttribute('data-problem');
    assert.fail(`expected the screen ${names.join(' or ')}, found the problem ${kind}`);
  }
}
