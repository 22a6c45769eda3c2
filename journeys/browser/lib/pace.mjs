// How long a person takes, where a machine would take no time: so that a timed journey is a person's.

/** Words that are read in a minute, silently and with care. */
const wordsPerMinute = 200;
/** Between two keys of a phone's keyboard: about 36 words a minute. */
const keyInterval = 330;
/** From a question of the phone to the finger on its sensor. */
export const unlocking = 2000;
/** From seeing an instruction to having done it. */
export const reaction = 1000;

/** Waits as long as somebody needs for the words on the screen. */
export async function read(page) {
  const words = (await page.locator('main').innerText()).split(/\s+/).filter(Boolean).length;
  await page.waitForTimeout((words / wordsPerMinute) * 60_000);
}

/** Types as people type. */
export const type = (field, text) => field.pressSequentially(text, { delay: keyInterval });

/** From now on keeps which screens the page shows, one after the other, and when. The same one again counts again. */
export async function watchScreens(page) {
  await page.evaluate(() => {
    const seen = [];
    let last;
    const look = () => {
      const main = document.querySelector('[data-screen]');
      const heading = main?.querySelector('h1')?.textContent;
      if (!main || (main === last?.main && heading === last.heading)) return;
      last = { main, heading };
      seen.push({ screen: main.dataset.screen, heading, at: performance.now() });
    };
    globalThis.screensSeen = seen;
    look();
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
      attributeFilter: ['data-screen'],
    });
  });
  return () => page.evaluate(() => globalThis.screensSeen);
}
