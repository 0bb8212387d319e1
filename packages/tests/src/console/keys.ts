// Reaching things with the Tab key, as somebody without a mouse does.
import { expect, type Locator, type Page } from '@playwright/test';

/** More stops than any page of the console has on its way. */
const STOPS_MAX = 150;

/** Presses Tab until `target` has the focus; fails when the focus never comes there, or is trapped before. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible();
  const there = target.and(page.locator(':focus'));
  for (let stops = 0; stops < STOPS_MAX; stops++) {
    if ((await there.count()) > 0) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not lead to ${target}`);
}

/** `tabTo`, then the key that presses it. */
export async function press(page: Page, target: Locator, key = 'Enter'): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press(key);
}
