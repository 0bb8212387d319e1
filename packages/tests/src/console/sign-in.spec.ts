// Signing in: one error for all that is wrong, back to where one came from, out again.
import { expect, operatorOf, signInPage, test } from './signed-in.ts';

test.use({ role: null, expectedErrors: [/401/] });

test('a wrong password is refused in one sentence, the right one leads to the page that was asked for', async ({
  page,
}) => {
  const { email, password } = operatorOf('viewer');
  await signInPage(page, '/ring');
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
  await signInPage(page, '/login?next=https://example.com/');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Overview');
});

test.describe('too many tries', () => {
  test.use({ expectedErrors: [/401|429/] });

  test('are answered with how long to wait, which counts down until one may try again', async ({ page }) => {
    await page.clock.install();
    const body = { code: 429, msg: 'Too many tries.', error: 'RATE_LIMITED', request_id: 'a1', details: [] };
    await page.route('**/admin/v1/session', (route) =>
      route.request().method() === 'POST'
        ? route.fulfill({ status: 429, json: body, headers: { 'retry-after': '600' } })
        : route.continue(),
    );
    await signInPage(page, '/login');
    await page.getByLabel('E-mail').fill('someone@example.com');
    await page.getByLabel('Password', { exact: true }).fill('a guess');
    await page.getByRole('button', { name: 'Sign in' }).click();
    const told = page.getByRole('alert').filter({ hasText: /./ }).first();
    await expect(told).toHaveText(/^Too many tries. Wait [56][0-9]{2} seconds.$/);
    await page.clock.runFor(600_000);
    await expect(told).toHaveText('You can try again now.');
  });
});

test.describe('before the page has come alive', () => {
  test.use({ javaScriptEnabled: false });

  test('Enter puts neither name nor password into the address', async ({ page }) => {
    await page.goto('/login');
    await page.getByLabel('E-mail').fill('someone@example.com');
    await page.getByLabel('Password', { exact: true }).fill('a secret of theirs');
    await page.keyboard.press('Enter');
    await page.waitForLoadState();
    expect(page.url()).toMatch(/\/login$/);
  });
});
