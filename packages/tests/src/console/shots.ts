// Pictures are compared where the browser draws text as the one that took them: its version and the fonts decide that.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';

const PROBE = join(import.meta.dirname, 'shots', 'probe.png');
const TEXT = 'Message push 0123456789 消息推送平台：环与节点';

let same: Promise<boolean> | undefined;

/** Says so once when they cannot be compared here. SHOTS=update takes the pictures anew, with any browser. */
export function drawsAsTheShots(page: Page): Promise<boolean> {
  same ??= compared(page);
  return same;
}

/** The window becomes as high as the page, so that what sticks to an edge is where the page ends. */
export async function wholeIn(page: Page): Promise<void> {
  const { width = 0, height: window = 0 } = page.viewportSize() ?? {};
  const height = Number(await page.evaluate('document.documentElement.scrollHeight'));
  if (height > window) await page.setViewportSize({ width, height });
}

async function compared(page: Page): Promise<boolean> {
  const browser = page.context().browser();
  // Else it would be as the project's own pages are: dark, or of a phone.
  const blank = await browser?.newPage({
    viewport: { width: 600, height: 100 },
    deviceScaleFactor: 1,
    isMobile: false,
    hasTouch: false,
    locale: 'en-US',
    colorScheme: 'light',
  });
  if (browser == null || blank === undefined) throw new Error('no browser');
  await blank.setContent(`<p style="font: 20px sans-serif">${TEXT}</p><p style="font: 16px monospace">${TEXT}</p>`);
  const drawn = await blank.screenshot();
  await blank.close();
  if (process.env.SHOTS === 'update') writeFileSync(PROBE, drawn);
  const isSame = readFileSync(PROBE).equals(drawn);
  if (!isSame) console.log(`Chromium ${browser.version()} draws text otherwise here: no picture is compared.`);
  return isSame;
}
