// The first people of a platform: whoever reads the api's log becomes its admin; whoever got a start password replaces it before anything else.
import { type ChildProcess, fork } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask, signIn } from './operators.ts';
import { expect, operatorOf, run, signInPage, test } from './signed-in.ts';

const here = dirname(fileURLToPath(import.meta.url));

interface Unclaimed {
  console: string;
  code: string;
}

test.describe('a platform without an operator', () => {
  let child: ChildProcess;
  let unclaimed: Unclaimed;
  test.beforeAll(async () => {
    child = fork(join(here, 'unclaimed-platform.ts'), { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    unclaimed = await new Promise((resolve, reject) => {
      child.once('message', (told) => resolve(told as Unclaimed)); // sent by unclaimed-platform.ts
      child.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
    });
  });
  test.afterAll(async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.disconnect();
    await ended;
  });
  test.use({ role: null, expectedErrors: [/status of (401|403)|asked http/] });

  test('is claimed once, with the code of its log: a wrong code is refused, and afterwards nobody can again', async ({
    page,
  }) => {
    const { console: url, code } = unclaimed;
    const password = 'a sentence to remember';
    await page.goto(`${url}/`);
    await expect(page).toHaveURL(`${url}/setup`);
    await page.getByLabel('Your name').fill('The first');
    await page.getByLabel('E-mail').fill('first@example.com');
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByLabel('One-time code').fill('00000-00000-00000-00000');
    await page.getByRole('button', { name: 'Create the admin' }).click();
    await expect(page.getByRole('alert').filter({ hasText: /code/i }).first()).toBeVisible();
    await page.getByLabel('One-time code').fill(code);
    await page.getByRole('button', { name: 'Create the admin' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Overview');
    await page.goto(`${url}/settings/operators`);
    await expect(page.getByRole('row').filter({ hasText: 'first@example.com' })).toContainText('Admin');

    await page.context().clearCookies();
    await page.goto(`${url}/setup`);
    await expect(page).toHaveURL(`${url}/login`);
    const again = await page.request.post(`${url}/api/admin/v1/setup`, {
      data: { code, email: 'second@example.com', name: 'The second', password },
    });
    expect(again.ok()).toBe(false);
  });
});

test.describe('a start password', () => {
  test.use({ role: null, expectedErrors: [/status of (401|403)/] });

  test('opens nothing but its own replacement, and is of no use after it', async ({ page }) => {
    const email = `new-${Date.now()}@console.test`;
    const [made] = await ask(run.api, operatorOf('admin').cookie, 'POST', '/operators', {
      email,
      name: 'Somebody new',
      role: 'viewer',
    });
    const start = String(made?.start_password);
    const own = 'a password of my own';
    await signInPage(page, '/audit');
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(start);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Choose your password');
    await page.goto('/messages');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Choose your password');
    const refused = await page.request.get('/api/admin/v1/messages');
    expect(refused.ok()).toBe(false);
    await page.getByLabel('Present password').fill(start);
    await page.getByLabel('New password', { exact: true }).fill(own);
    await page.getByRole('button', { name: 'Change password' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('History');
    await expect(signIn(run.api, { email, password: start })).rejects.toThrow('401');
    expect(await signIn(run.api, { email, password: own })).not.toBe('');
  });
});
