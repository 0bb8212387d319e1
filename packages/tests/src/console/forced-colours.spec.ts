// With forced colours on a screen 320 px wide each page can be read, needs no sideways scrolling, and shows where the focus is.
import AxeBuilder from '@axe-core/playwright';
import { PAGES } from './pages.ts';
import { expect, type Page, test } from './signed-in.ts';
import { settled, tell } from './told.ts';

const NAMES = [
  ...['sign-in', 'set-up', 'overview', 'send', 'history', 'history-drawer', 'trace-acked', 'user', 'ring', 'node'],
  ...['playground', 'apps', 'app-credentials', 'app-settings', 'dead-letters', 'audit'],
  ...['settings-profile', 'settings-security', 'settings-operators'],
];
/** Places of the focus that are looked at on each page. */
const STOPS = 40;

test.use({ viewport: { width: 320, height: 640 }, expectedErrors: [/status of 401/] });

for (const { name, path, story } of PAGES.filter((one) => NAMES.includes(one.name))) {
  test(name, async ({ page }) => {
    await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
    await tell(page, story());
    await page.goto(path);
    await settled(page);
    const wide = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
    expect(wide, 'scrolls sideways').toBe(false);
    const { violations } = await new AxeBuilder({ page }).withRules(['color-contrast']).analyze();
    expect(violations.flatMap(({ nodes }) => nodes.map(({ html }) => html))).toEqual([]);
    expect(await page.evaluate(unreadTexts), 'text in the colour of what lies under it').toEqual([]);
    expect(await unseenStops(page), 'focus that cannot be seen').toEqual([]);
  });
}

/**
 * In the page: texts that cannot be told from the plate that the browser lays under each text in forced colours, whatever the background
 * of its element is; only who adjusts the colours itself gets none.
 */
const unreadTexts = `(() => {
  const light = (colour) => {
    const parts = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255);
    const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const probe = document.body.appendChild(document.createElement('i'));
  probe.style.color = 'Canvas';
  const plate = light(getComputedStyle(probe).color);
  probe.remove();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const unread = [];
  while (texts.nextNode()) {
    const { parentElement: at, data } = texts.currentNode;
    if (data.trim() === '' || !at.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const { color, forcedColorAdjust } = getComputedStyle(at);
    const [low, high] = [plate, light(color)].sort((a, b) => a - b);
    if (forcedColorAdjust === 'auto' && (high + 0.05) / (low + 0.05) < 4.5) unread.push(data + ': ' + color);
  }
  return unread;
})()`;

/** Goes on by Tab; answers what has the focus without showing it. */
async function unseenStops(page: Page): Promise<string[]> {
  const unseen: string[] = [];
  for (let stop = 0; stop < STOPS; stop++) {
    await page.keyboard.press('Tab');
    const found = await page.evaluate<string | null>(focusUnseen);
    if (found !== null) unseen.push(found);
  }
  return unseen;
}

/** In the page: the element that has the focus, unless a line of 2 px is around it or what holds it, within the window. */
const focusUnseen = `(() => {
  const at = document.activeElement;
  if (at === null || at === document.body) return null;
  const lined = [at, at.parentElement, at.parentElement?.parentElement].some((one) => {
    if (!one) return false;
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  });
  const { left, right, top, bottom } = at.getBoundingClientRect();
  const within = right > 0 && left < innerWidth && bottom > 0 && top < innerHeight;
  return lined && within ? null : at.outerHTML.slice(0, 200) + (lined ? ' is outside' : ' has no line');
})()`;
