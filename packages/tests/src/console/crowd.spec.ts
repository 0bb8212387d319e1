// A message to a thousand people: read from a file, looked at before it goes, followed on its way, and found again one by one.
import { connected } from './receivers.ts';
import { expect, run, test } from './signed-in.ts';
import { tasksDuring } from './trace-of.ts';

const PEOPLE = 1_000;
const ONLINE = 20;
/** What a press may cost the page before it feels stuck. */
const LONG_TASK_MS = 200;

// Its snapshots would be the longest tasks.
test.use({ role: 'operator', trace: 'off' });

test('a push to 1,000 recipients is previewed, counted, confirmed by typing, followed to its end, and its trace can be searched', async ({
  page,
}) => {
  const at = Date.now();
  const uids = Array.from({ length: PEOPLE }, (_, n) => `crowd-${at}-${String(n).padStart(4, '0')}`);
  const receivers = await connected(run, uids.slice(0, ONLINE));
  try {
    await page.goto('/send');
    await page.getByRole('combobox', { name: /^App / }).click();
    await page.getByRole('option', { name: `(${run.demo.app_id})` }).click();
    const file = { name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(`uid\n${uids.join('\n')}\n`) };
    await page.locator('input[type=file]').setInputFiles(file);
    await expect(page.getByText('1,000 / 1,000')).toBeVisible();
    await expect(page.getByText(/20 online now on [12] nodes?, 980 offline/)).toBeVisible();
    await page.getByLabel('Content', { exact: true }).fill('to all of you');
    await page.getByRole('button', { name: 'Review and send' }).click();

    const dialog = page.getByRole('dialog', { name: /^Send to 1,000 users, 20 online now/ });
    await dialog.getByRole('button', { name: 'Send to 1,000' }).click();
    await expect(dialog).toContainText('This is not “1000”.');
    await dialog.getByRole('textbox').fill('1000');
    await dialog.getByRole('button', { name: 'Send to 1,000' }).click();
    await expect(dialog).toHaveCount(0);
    await expect(page.getByText('Confirmed by 20 of 1,000 recipients.').first()).toBeVisible();
    await expect(page.getByText('980 recipients are offline.').first()).toBeVisible();

    await page.getByRole('link', { name: 'Open trace' }).click();
    const table = page.getByRole('table', { name: 'Recipients' });
    await expect(table.getByRole('row').nth(5)).toBeVisible();
    await expect(page.getByText('1,000 recipients').first()).toBeVisible();
    const last = uids.at(-1) ?? '';
    const tasks = await tasksDuring(page, async () => {
      await page.getByRole('textbox', { name: 'Filter by uid' }).pressSequentially(last);
      await expect(table.getByRole('row')).toHaveCount(2);
      await table.getByRole('row').filter({ hasText: last }).click();
    });
    console.log(`longest task on the trace of 1,000: ${Math.round(tasks.longestCpuMs)} ms of the processor`);
    expect(tasks.longestCpuMs).toBeLessThan(LONG_TASK_MS);
    await expect(page).toHaveURL(new RegExp(`uid=${last}`));
    await expect(page.getByText('The person is not connected.')).toBeVisible();
  } finally {
    receivers.close();
  }
});
