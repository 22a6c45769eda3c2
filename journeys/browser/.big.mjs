import { openBrowser, openPage, smallPhone, letters, cutText } from './lib/browser.mjs';
import { serveExamples } from './lib/site.mjs';
const [browser, site] = await Promise.all([openBrowser(), serveExamples()]);
for (const lang of process.argv.slice(2)) {
const context = await browser.newContext({ viewport: smallPhone, reducedMotion: 'reduce', locale: lang });
const page = await openPage(context);
await page.goto(site.url);
const names = await page.locator('[data-example]').evaluateAll((l) => l.map((x) => x.dataset.example));
for (const name of names) {
  await page.goto(`${site.url}?language=${lang}&show=${name}`);
  await page.locator('main').first().waitFor();
  await letters(page, 32);
  const w = await page.evaluate(()=>document.documentElement.scrollWidth);
  const f = await cutText(page);
  if (w>360||f.length) console.log(lang, name, w, f.join(' | '));
}
await context.close(); }
await browser.close(); site.close();
