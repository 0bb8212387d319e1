// A secret is shown once, is rotated while both work and the page tells who still uses the old one, and ends within a second.
import { backEnd } from '@message-push/testkit';
import { ask } from './operators.ts';
import { expect, operatorOf, type Page, run, test } from './signed-in.ts';

/** A secret of the api: its prefix, 32 random bytes and a checksum. */
const SECRET = /^ps_(live|test)_[0-9A-Za-z]{40,}$/;
const REFUSED_WITHIN_MS = 1_000;

const asAdmin = (path: string, body: object) => ask(run.api, operatorOf('admin').cookie, 'POST', path, body);

async function newApp(name: string): Promise<string> {
  const app = `${name}-${Date.now()}`;
  await asAdmin('/apps', { id: app, name: app });
  return app;
}

async function newSecret(path: string, body = {}): Promise<string> {
  const [made] = await asAdmin(path, body);
  return String(made?.secret);
}

/** Reads the secret in the dialog that shows it, says that it is stored, and closes. */
async function takeSecret(page: Page): Promise<string> {
  const dialog = page.getByRole('dialog', { name: 'Your new secret' });
  await dialog.getByRole('button', { name: 'Show' }).click();
  const secret = (await dialog.getByText(SECRET).first().textContent()) ?? '';
  await dialog.getByRole('checkbox', { name: 'I stored it in a safe place' }).click();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(dialog).toHaveCount(0);
  return secret;
}

/** All that the browser keeps of this site: what stands in the page and its address, in storage and in cookies. */
async function keptOf(page: Page): Promise<string> {
  const stored = await page.evaluate(
    'JSON.stringify([document.documentElement.outerHTML, location.href, history.state, { ...localStorage }, { ...sessionStorage }])',
  );
  return `${stored}${JSON.stringify(await page.context().cookies())}`;
}

const pushed = async (app: string, secret: string) =>
  (await backEnd(run, { app_id: app, app_secret: secret }).push(['nobody'], 'hi')).status;

test('an issued secret works, is shown once, and is nowhere in the browser once its dialog is closed', async ({
  page,
}) => {
  const app = await newApp('once');
  await page.goto(`/apps/${app}`);
  await page.getByRole('button', { name: 'Issue a secret' }).click();
  await page.getByRole('button', { name: 'Issue secret' }).click();
  const secret = await takeSecret(page);
  const told: string[] = [];
  page.on(
    'response',
    (response) =>
      void response.text().then(
        (text) => told.push(text),
        () => undefined,
      ),
  );
  expect(secret).toMatch(SECRET);
  expect(await keptOf(page)).not.toContain(secret);
  expect(await pushed(app, secret)).toBe(200);
  for (const path of [`/apps/${app}`, '/apps', '/audit']) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.getByText(app).first()).toBeVisible();
    expect(await keptOf(page)).not.toContain(secret);
  }
  expect(told.join('')).toContain(app);
  expect(told.join('')).not.toContain(secret);
});

test('in a rotation both secrets work, and the page tells how much the old one is used and when it has gone quiet', async ({
  page,
}) => {
  const app = await newApp('rotated');
  const old = await newSecret(`/apps/${app}/credentials`);
  await page.goto(`/apps/${app}`);
  await page.getByRole('button', { name: 'Rotate…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate', exact: true }).click();
  const next = await takeSecret(page);
  expect(await Promise.all([old, old, old, next].map((secret) => pushed(app, secret)))).toEqual([200, 200, 200, 200]);
  const row = page.getByRole('listitem', { name: `Secret ending in ${old.slice(-4)}` });
  await expect(row).toContainText('Still in use: 3 requests in the last 5 min from 1 address');
  await expect(page.getByRole('listitem', { name: `Secret ending in ${next.slice(-4)}` })).toContainText('1 request');

  // Minutes pass: what the api counts is told as it will be then.
  await later(page, app, 8);
  await expect(row).toContainText('Wait a little. It has been quiet for only 8 minutes');
  await later(page, app, 61);
  await expect(row).toContainText('Safe to revoke. It has been quiet for 1 hour');
});

/** Shows the page by the true answer about the app, as it is when nobody has used its old secret for `minutes`. */
async function later(page: Page, app: string, minutes: number): Promise<void> {
  await page.unrouteAll({ behavior: 'wait' });
  await page.route(`**/admin/v1/apps/${app}`, async (route) => {
    const response = await route.fetch();
    const answer = await response.json();
    for (const credential of answer.data[0].credentials) {
      if (credential.state !== 'grace') continue;
      const { per_minute } = credential.use;
      credential.use.per_minute = [...per_minute, ...Array(minutes).fill(0)].slice(-per_minute.length);
      credential.last_used_at = Date.now() - minutes * 60_000;
    }
    await route.fulfill({ response, json: answer });
  });
  await page.reload();
}

test('a revoked secret is refused within a second, and the one in its place goes on', async ({ page }) => {
  const app = await newApp('revoked');
  const old = await newSecret(`/apps/${app}/credentials`);
  const next = await newSecret(`/apps/${app}/credentials/rotate`, { grace_s: 3_600 });
  expect(await pushed(app, old)).toBe(200);
  await page.goto(`/apps/${app}`);
  const hint = old.slice(-4);
  await expect(page.getByRole('listitem', { name: `Secret ending in ${hint}` })).toContainText(
    'Still in use: 1 request',
  );
  await page.getByRole('button', { name: `Revoke the secret ending in ${hint}…` }).click();
  const dialog = page.getByRole('dialog', { name: `Revoke the secret ending in ${hint}?` });
  // It was used just now: the AppID has to be typed.
  await dialog.getByRole('textbox').fill(app);
  const answered = page.waitForResponse('**/credentials/*/revoke');
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  expect((await answered).status()).toBe(200);
  const revokedAt = performance.now();
  // Of a request sent a second later or more, none is let through, however slow this machine is.
  let acceptedAt = Number.NEGATIVE_INFINITY;
  await expect
    .poll(
      async () => {
        const sentAt = performance.now();
        const status = await pushed(app, old);
        if (status === 200) acceptedAt = sentAt - revokedAt;
        return status;
      },
      { intervals: [20] },
    )
    .toBe(403);
  expect(acceptedAt).toBeLessThan(REFUSED_WITHIN_MS);
  expect(await pushed(app, next)).toBe(200);
  await expect(page.getByText(`The secret ending in ${hint} is revoked`)).toBeVisible();
  await expect(page.getByRole('listitem', { name: `Secret ending in ${hint}` })).toHaveCount(0);
});
