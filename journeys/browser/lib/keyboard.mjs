// Somebody who has a keyboard and nothing else.
import assert from 'node:assert/strict';

/** What has the focus: its name as it is read out, and whether one sees that it has it. */
const focused = (page) =>
  page.evaluate(() => {
    const at = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(at);
    // Past the last control nothing has the focus, and the page as a whole is named after all of its text.
    if (at === document.body) return { name: '' };
    const label = at.labels?.[0]?.textContent ?? at.getAttribute('aria-label') ?? at.textContent;
    return {
      name: label.trim().replace(/\s+/g, ' '),
      visible: at.matches(':focus-visible') && outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2,
      inSight: (() => {
        const { top, bottom } = at.getBoundingClientRect();
        return top < innerHeight && bottom > 0;
      })(),
    };
  });

/** Goes on with the tab key until the control of this name has the focus, as one can see. */
export async function reach(page, name) {
  for (let n = 0; n < 30; n += 1) {
    await page.keyboard.press('Tab');
    const at = await focused(page);
    if (!at.name.includes(name)) continue;
    assert.ok(at.visible, `one does not see that ${name} has the focus`);
    assert.ok(at.inSight, `${name} has the focus outside of the screen`);
    return;
  }
  assert.fail(`${name} is out of the keyboard's reach`);
}

export async function press(page, name) {
  await reach(page, name);
  await page.keyboard.press('Enter');
}

export async function fill(page, name, text) {
  await reach(page, name);
  await page.keyboard.type(text);
}

/** A new screen has given the focus to its heading: the next key begins at its top. */
export async function atTheHeading(page) {
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'H1');
}
