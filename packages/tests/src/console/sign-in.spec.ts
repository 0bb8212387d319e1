// Signing in: one error for all that is wrong, back to where one came from, out again.
import { expect, operatorOf, test } from './signed-in.ts';

test.use({ role: null, expectedErrors: [/401/] });

test('a wrong password is refused in one sentence, the right one leads to the page that was asked for', async ({
  page,
}) => {
  const { email, password } = operatorOf('viewer');
  await page.goto('/ring');
  await expect(page).toHaveURL(/\/login\?next=%2Fring/);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert').first()).toBeVisible();
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/ring$/);
});

test('another site cannot be the next page', async ({ page }) => {
  const { email, password } = operatorOf('viewer');
  await page.goto('/login?next=https://example.com/');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Overview');
});
