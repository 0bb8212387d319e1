// A message that could not be processed is shown with its reason; sent again it arrives, and nobody is asked about it any more.
import { REFUSED, UNREADABLE } from './poison.ts';
import { connected } from './receivers.ts';
import { expect, run, test } from './signed-in.ts';

test.use({ role: 'operator' });

test('a dead letter is shown, sent again and delivered, and is gone from what waits for a decision', async ({
  page,
}) => {
  const { app, uid, title, reason } = REFUSED;
  await page.goto('/dead-letters');
  const row = page.getByRole('row').filter({ hasText: reason });
  await expect(row).toContainText(title);
  await row.getByRole('button', { name: reason }).click();
  const drawer = page.getByRole('dialog', { name: /^Dead letter/ });
  await expect(drawer).toContainText('sent again by hand');
  await expect(drawer).toContainText(uid);
  const receivers = await connected(run, [uid]);
  try {
    await drawer.getByRole('button', { name: 'Replay…' }).click();
    await page
      .getByRole('dialog', { name: 'Send this message again?' })
      .getByRole('button', { name: 'Replay' })
      .click();
    await expect(page.getByText('The message is on its way again')).toBeVisible();
    await expect(row).toHaveCount(0);
    await page.goto(`/users/${uid}?app=${app}`);
    await page.getByRole('row').filter({ hasText: title }).getByRole('link').last().click();
    await expect(page).toHaveURL(/\/messages\/[0-9a-f]{32}/);
    await expect(page.getByText('Acked').first()).toBeVisible();
  } finally {
    receivers.close();
  }
  await page.goto('/dead-letters');
  await page
    .getByRole('button', { name: 'All', exact: true })
    .or(page.getByRole('radio', { name: 'All' }))
    .first()
    .click();
  await expect(row).toContainText('Replayed');
});

test('a record that nobody can read is shown as it is, and can only be put aside', async ({ page }) => {
  await page.goto('/dead-letters');
  const row = page.getByRole('row').filter({ hasText: UNREADABLE.reason });
  await row.getByRole('button', { name: UNREADABLE.reason }).click();
  const drawer = page.getByRole('dialog', { name: /^Dead letter/ });
  await expect(drawer).toContainText(UNREADABLE.bytes);
  await expect(drawer.getByRole('button', { name: 'Replay…' })).toHaveCount(0);
  await drawer.getByRole('button', { name: 'Dismiss…' }).click();
  await page.getByRole('dialog', { name: 'Put this letter aside?' }).getByRole('button', { name: 'Dismiss' }).click();
  await expect(row).toHaveCount(0);
});
