// Every screen in every state, as the page of examples shows them.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import {
  accessibilityFaults,
  counter,
  cutText,
  letters,
  noComplaints,
  openBrowser,
  openPage,
  phone,
  picture,
  root,
  smallPhone,
  spokenNames,
} from './lib/browser.mjs';
import { serveExamples } from './lib/site.mjs';

let browser;
let site;
let names;

before(async () => {
  [browser, site] = await Promise.all([openBrowser(), serveExamples()]);
  const page = await openPage(await browser.newContext());
  await page.goto(site.url);
  names = await page
    .locator('[data-example]')
    .evaluateAll((links) => links.map((link) => link.dataset.example));
  await page.context().close();
});
after(async () => {
  await browser?.close();
  site?.close();
  writeFileSync(`${root}test-artefacts/accessibility.md`, table());
});

/** What was looked at, in which form, and how many faults there were. */
const walks = [];
function table() {
  const lines = walks.map(
    ({ screens, language, theme, viewport, faults }) =>
      `| ${language} | ${theme} | ${viewport.width} × ${viewport.height} | ${screens} | ${faults} |`,
  );
  return ['| language | theme | screen | examples | faults |', '|---|---|---|---:|---:|', ...lines, ''].join(
    '\n',
  );
}

async function walk({ viewport, theme, language, only, keep }, look) {
  const context = await browser.newContext({
    viewport,
    colorScheme: theme,
    reducedMotion: 'reduce',
    locale: language,
  });
  const page = await openPage(context);
  const faults = [];
  const shown = names.filter((one) => only.test(one));
  for (const name of shown) {
    await page.goto(`${site.url}?language=${language}&show=${name}`);
    await page.locator('main').first().waitFor();
    if (keep) await picture(page, `example-${name}.${theme}.${language}`);
    for (const fault of await look(page, name)) faults.push(`${name}: ${fault}`);
  }
  walks.push({ screens: shown.length, language, theme, viewport, faults: faults.length });
  noComplaints(page);
  await context.close();
  assert.deepEqual(faults, []);
}

const tooWide = async (page) => {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  return over > 0 ? [`${over} px too wide`] : [];
};
const small = async (page) => {
  const controls = page.locator('button:visible, select:visible, input:visible');
  // A label around a control is touched in its place.
  const sizes = await controls.evaluateAll((all) =>
    all.map((one) => (one.closest('label') ?? one).getBoundingClientRect().height),
  );
  return sizes.filter((height) => height < 44).map((height) => `a control of only ${height} px`);
};

/** The letters twice as large, as one sets them in the browser: everything is still there, one below the other. */
const atTwiceTheSize = async (page) => {
  const before = page.viewportSize();
  await page.setViewportSize(smallPhone);
  await letters(page, 32);
  const faults = [...(await tooWide(page)), ...(await cutText(page))];
  await letters(page, 16);
  await page.setViewportSize(before);
  return faults.map((fault) => `with large letters ${fault}`);
};

/** Names that the examples bring along, and the product's own, which are the same in every language. */
const untranslated = /^(Tanda|Kota Contoh|Dinas Kependudukan.*)$/;
/** The parts of a date field speak the browser's language. */
const ofTheBrowser = /^(Show date picker|(Month|Day|Year) \2)$/;
/** Whatever one can use or look at has a name that can be read out, and in Chinese a Chinese one. */
const nameless = async (page, language) => {
  // What people and places are called is marked as nothing to translate.
  const called = await page.locator('[translate="no"]').allInnerTexts();
  return (await spokenNames(page)).flatMap(({ role, name }) => {
    if (name === '') return [`a ${role} without a name`];
    const foreign =
      language === 'zh' &&
      !called.includes(name) &&
      !page.url().endsWith('show=parts') &&
      !/\p{Script=Han}/u.test(name) &&
      !untranslated.test(name) &&
      !ofTheBrowser.test(name);
    return foreign ? [`the ${role} "${name}" is not in Chinese`] : [];
  });
};

/** What is for programs, as JSON for a reader, may have braces. */
const placeholders = async (page) => {
  const codes = await page.locator('code:visible').allInnerTexts();
  const said = codes.reduce((all, code) => all.replace(code, ''), await page.locator('body').innerText());
  return /[{}]|problem\.|undefined/.test(said) ? ['shows a placeholder'] : [];
};
/** What a screen says first; for telling languages apart. */
const saying = (page) => page.locator('h1').first().innerText();

/** Which examples show a page in which kind of state; every page has them all. */
const states = {
  'wallet waits': [
    'loading',
    'reading',
    'sending',
    'deciding',
    'deciding-slow',
    'receiving',
    'referred',
    'looking',
  ],
  'wallet succeeds': ['home', 'shown', 'shown-returns', 'looks'],
  'wallet is refused': [
    'refused',
    'refused-once',
    'declined',
    'problem-over_asking_data',
    'problem-answer_refused',
  ],
  'wallet times out': ['problem-slow', 'problem-request_expired', 'problem-enrolment_expired'],
  'wallet has no network': [
    'home-no-network',
    'problem-no_network',
    'problem-no_network_to_show',
    'interrupted',
  ],
  'console waits': ['queue-loading', 'application-loading', 'import-checking', 'figures-loading'],
  'console succeeds': ['add-done', 'proposals-made', 'reports-settled', 'officers-link'],
  'console is refused': ['application-refused', 'import-refused', 'resident-card_changed'],
  'console times out': ['idle', 'proposals-proposal_ended'],
  'console has no network': ['queue-offline', 'figures-down', 'proposals-down'],
  'desk waits': ['loading', 'request', 'request-opened'],
  'desk succeeds': ['valid', 'cafe-yes', 'courier', 'order-complete'],
  'desk is refused': ['declined', 'declined-full', 'revoked', 'problem-over_asking', 'problem-forbidden'],
  'desk times out': ['expired', 'problem-signed_out', 'cannot-tell'],
  'desk has no network': ['problem-no_network', 'problem-service_down'],
};

describe('every screen', () => {
  const english = new Map();

  it('is one of many', () => assert.ok(names.length > 140));

  for (const [state, shown] of Object.entries(states))
    it(`is there when the ${state}`, () => {
      const [page] = state.split(' ');
      const missing = shown.map((name) => `${page}-${name}`).filter((name) => !names.includes(name));
      assert.deepEqual(missing, []);
    });

  // The console is worked with a mouse and keys; it fits a phone all the same.
  it('is accessible, fits 360 px, and leaves room for a thumb', () =>
    walk(
      { viewport: smallPhone, theme: 'light', language: 'en', only: /./, keep: false },
      async (page, name) => {
        english.set(name, await saying(page));
        return [
          ...(await accessibilityFaults(page)),
          ...(await nameless(page, 'en')),
          ...(await tooWide(page)),
          ...(await cutText(page)),
          ...(/^console/.test(name) ? [] : await small(page)),
          ...(await placeholders(page)),
          ...(await atTwiceTheSize(page)),
        ];
      },
    ));

  for (const [said, language, viewport, theme] of [
    ['in the dark and in Indonesian', 'id', phone, 'dark'],
    ['in Chinese', 'zh', smallPhone, 'light'],
  ])
    it(`is so ${said} too, and says it in other words`, () =>
      walk({ viewport, theme, language, only: /./, keep: true }, async (page, name) => [
        ...(await accessibilityFaults(page)),
        ...(await nameless(page, language)),
        ...(await tooWide(page)),
        ...(await cutText(page)),
        // Guidance, names and titles that the example itself brings along are left out.
        ...(/problem|welcome|account|details|consent|history|settings|enrol|shift|begin/.test(name) &&
        (await saying(page)) === english.get(name)
          ? ['is not translated']
          : []),
        ...(await atTwiceTheSize(page)),
      ]));

  it('of the desk is so at the counter', () =>
    walk(
      { viewport: counter, theme: 'light', language: 'en', only: /^desk|^console|parts/, keep: true },
      async (page) => [...(await accessibilityFaults(page)), ...(await tooWide(page))],
    ));
});
