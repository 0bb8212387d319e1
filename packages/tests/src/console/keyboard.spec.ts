// Without a mouse: every step of signing in, of a push and of a rotation is reached by Tab and done with the keys.
import { press, tabTo } from './keys.ts';
import { ask } from './operators.ts';
import { connected } from './receivers.ts';
import { expect, operatorOf, type Page, run, signInPage, test } from './signed-in.ts';

/** Opens the choice that has the focus and takes the option of this name. */
async function choose(page: Page, box: ReturnType<Page['locator']>, name: string): Promise<void> {
  await tabTo(page, box);
  await page.keyboard.press('Enter');
  const option = page.getByRole('option', { name });
  await expect(option).toBeVisible();
  for (let steps = 0; (await option.getAttribute('data-highlighted')) === null; steps++) {
    if (steps > 50) throw new Error(`the arrows do not lead to ${name}`);
    await page.keyboard.press('ArrowDown');
  }
  await page.keyboard.press('Enter');
  await expect(box).toContainText(name);
}

test.describe('nobody signed in', () => {
  test.use({ role: null, expectedErrors: [/401/] });

  test('by keyboard alone: sign in, write a message, send it, and see on its trace that it was confirmed', async ({
    page,
  }) => {
    const uid = `keys-${Date.now()}`;
    const receivers = await connected(run, [uid]);
    try {
      const { email, password } = operatorOf('operator');
      await signInPage(page, '/login');
      await tabTo(page, page.getByLabel('E-mail'));
      await page.keyboard.type(email);
      await tabTo(page, page.getByLabel('Password', { exact: true }));
      await page.keyboard.type(password);
      await page.keyboard.press('Enter');
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('Overview');

      await press(page, page.getByRole('navigation').getByRole('link', { name: 'Send' }));
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('Send a message');
      await choose(page, page.getByRole('combobox', { name: /^App / }), `(${run.demo.app_id})`);
      await tabTo(page, page.getByLabel('Recipients'));
      await page.keyboard.type(uid);
      await page.keyboard.press('Enter');
      await tabTo(page, page.getByLabel('Content', { exact: true }));
      await page.keyboard.type('written without a mouse');
      await page.keyboard.press('Control+Enter');
      await press(page, page.getByRole('button', { name: 'Send to 1' }));
      await press(page, page.getByRole('link', { name: 'Open trace' }));
      await expect(page).toHaveURL(/\/messages\/[0-9a-f]{32}/);
      await expect(page.getByText('Acked').first()).toBeVisible();
    } finally {
      receivers.close();
    }
  });
});

test('by keyboard alone: issue a secret, rotate it, and the focus comes back to the new one each time', async ({
  page,
}) => {
  const app = `keys-${Date.now()}`;
  await ask(run.api, operatorOf('admin').cookie, 'POST', '/apps', { id: app, name: app });
  await page.goto('/apps');
  await press(page, page.getByRole('link', { name: app }));
  await press(page, page.getByRole('button', { name: 'Issue a secret' }));
  await press(page, page.getByRole('button', { name: 'Issue secret' }));
  await stored(page);
  const rows = page.getByRole('listitem', { name: /^Secret ending in/ });
  await expect(rows).toHaveCount(1);
  await expect(rows.first()).toBeFocused();

  await press(page, page.getByRole('button', { name: 'Rotate…' }));
  await press(page, page.getByRole('dialog').getByRole('button', { name: 'Rotate', exact: true }));
  await stored(page);
  await expect(rows).toHaveCount(2);
  await expect(page.getByRole('region', { name: 'Rotation under way' })).toBeVisible();
  await expect(rows.filter({ hasText: 'Live' })).toBeFocused();
});

/** Looks at the new secret, says that it is stored, and closes. */
async function stored(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Your new secret' });
  await press(page, dialog.getByRole('button', { name: 'Show' }));
  await expect(dialog.getByText(/^ps_live_/).first()).toBeVisible();
  await press(page, dialog.getByRole('checkbox', { name: 'I stored it in a safe place' }), 'Space');
  await press(page, dialog.getByRole('button', { name: 'Done' }));
  await expect(dialog).toHaveCount(0);
}
