// An officer at the console: a page in a context of its own, with a passkey.
import { counter, openPage, screen } from './browser.mjs';
import { withPasskeys } from './resident.mjs';

/** Opens a one-time link and makes the passkey. */
export async function joinConsole(browser, link, { theme = 'light', language = 'en', onjoin } = {}) {
  const context = await browser.newContext({ viewport: counter, locale: language, colorScheme: theme });
  const page = await openPage(context);
  await withPasskeys(page);
  await page.goto(link);
  await screen(page, 'join');
  await onjoin?.(page);
  await page.getByRole('button', { name: /passkey|kunci sandi/ }).click();
  return page;
}
