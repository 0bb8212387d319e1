// Every page in every state: no accessibility rule of WCAG 2.2 AA broken, no sideways scrolling, and the same picture as before.
import AxeBuilder from '@axe-core/playwright';
import { PAGES } from './pages.ts';
import { drawsAsTheShots, wholeIn } from './shots.ts';
import { expect, test } from './signed-in.ts';
import { settled, tell } from './told.ts';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

test.use({ expectedErrors: [/status of (401|500|503)/] });

for (const { name, path, story } of PAGES) {
  test(name, async ({ page }) => {
    await tell(page, story());
    await page.goto(path);
    await settled(page);
    expect(await page.title()).not.toBe('');
    const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
    const wide = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
    expect(wide, 'scrolls sideways').toBe(false);
    if (!(await drawsAsTheShots(page))) return;
    await wholeIn(page);
    await settled(page);
    await expect(page).toHaveScreenshot(`${name}.png`, { fullPage: true });
  });
}
