// What is not saved is not left by accident, neither by a link nor by the browser's Back.
import { ask } from './operators.ts';
import { expect, operatorOf, run, test } from './signed-in.ts';

test('Back asks before a form with changes is left, and leaves when that is wanted', async ({ page }) => {
  const app = `leave-${Date.now()}`;
  await ask(run.api, operatorOf('admin').cookie, 'POST', '/apps', { id: app, name: app });
  await page.goto('/apps');
  await page.getByRole('link', { name: app }).first().click();
  await page.getByRole('tab', { name: 'Settings' }).click();
  const name = page.getByRole('textbox', { name: 'Name' });
  await name.fill('another name');
  const dialog = page.getByRole('dialog', { name: 'Leave without saving?' });
  await page.evaluate('history.back()');
  await expect(dialog).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(name).toHaveValue('another name');
  await page.evaluate('history.back()');
  await dialog.getByRole('button', { name: 'Discard and leave' }).click();
  await expect(page).toHaveURL(/\/apps$/);
});
