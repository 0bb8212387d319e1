// Sending from the console: the page follows each recipient hop by hop, and says what their client tells, no more.
import { connect } from '@message-push/client';
import { backEnd, LegacyClient } from '@message-push/testkit';
import { connected } from './receivers.ts';
import { expect, type Page, run, test } from './signed-in.ts';

const url = run.gateways[0] ?? '';
const app = run.demo.app_id;

test.use({ role: 'operator' });

async function compose(page: Page, uid: string, content: string): Promise<void> {
  await page.goto('/send');
  // Other tests have made apps of their own.
  await page.getByRole('combobox', { name: /^App / }).click();
  await page.getByRole('option', { name: `(${app})` }).click();
  await page.getByLabel('Recipients').fill(uid);
  await page.keyboard.press('Enter');
  await page.getByLabel('Content', { exact: true }).fill(content);
  await page.getByRole('button', { name: 'Review and send' }).click();
}

test('from the click to acked on the page within a second', async ({ page }) => {
  const uid = `acks-${Date.now()}`;
  const token = await backEnd(run).token(uid);
  const receiver = connect({
    url,
    appId: app,
    uid,
    deviceId: `device-${uid}`,
    token: async () => token,
    onMessage: () => {},
  });
  try {
    await compose(page, uid, '你好 from the console');
    const dialog = page.getByRole('alertdialog').or(page.getByRole('dialog'));
    await expect(dialog).toContainText('1 online now');
    await dialog.getByRole('button', { name: 'Send to 1' }).click();
    const clicked = Date.now();
    await expect(page.getByText('Acked').first()).toBeVisible({ timeout: 5_000 });
    const tookMs = Date.now() - clicked;
    console.log(`from the click to acked on the page: ${tookMs} ms`);
    expect(tookMs).toBeLessThan(1_000);
    await page.getByRole('link', { name: 'Open trace' }).click();
    await expect(page).toHaveURL(/\/messages\/[0-9a-f]{32}/);
    for (const hop of ['API', 'Bus', 'Consumer', 'Node', 'Gateway', 'Client']) {
      await expect(page.getByText(hop, { exact: true }).first()).toBeVisible();
    }
  } finally {
    receiver.close();
  }
});

test('a trace opened before the history knows the message waits for it, though all have confirmed it by then', async ({
  page,
}) => {
  const uid = `early-${Date.now()}`;
  const receivers = await connected(run, [uid]);
  let isRecorded = false;
  let looks = 0;
  const asked: string[] = [];
  // The api's answer for a message that is not on record yet.
  await page.route(/\/messages\?(.*&)?q=id/, (route) => {
    looks++;
    return isRecorded ? route.fallback() : route.fulfill({ json: { code: 1, msg: 'success', data: [] } });
  });
  page.on('request', (request) => {
    if (!isRecorded && /\/messages\/[0-9a-f]{32}\//.test(request.url())) asked.push(request.url());
  });
  try {
    await compose(page, uid, 'seen before it is written down');
    await page.getByRole('button', { name: 'Send to 1' }).click();
    await expect(page.getByText('Acked').first()).toBeVisible();
    await page.getByRole('link', { name: 'Open trace' }).click();
    await expect(page).toHaveURL(/\/messages\/[0-9a-f]{32}/);
    const before = looks;
    await expect.poll(() => looks, 'the page looks again').toBeGreaterThan(before + 3);
    expect(asked, 'asked about a message that is not on record').toEqual([]);
    isRecorded = true;
    await expect(page.getByText('Acked').first()).toBeVisible();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('seen before it is written down');
  } finally {
    receivers.close();
  }
});

test('a message that nobody knows is not waited for when it is too old to come', async ({ page }) => {
  await page.goto(`/messages/01900000${'0'.repeat(24)}`);
  await expect(page.getByText('No message with this ID')).toBeVisible({ timeout: 5_000 });
});

test('a client of the original protocol stays at written, and the page says why', async ({ page }) => {
  const uid = `silent-${Date.now()}`;
  const client = new LegacyClient({ url, token: await backEnd(run).token(uid), app });
  try {
    await client.until(() => client.socket.readyState === 1, 5_000);
    client.send({ cmd: 'LOGIN', token: '', data: { appKey: app, platform: 'h5' } });
    await client.until(() => client.frames.find((frame) => frame.type === 'LOGIN'), 5_000);
    await compose(page, uid, 'hello');
    await page.getByRole('button', { name: 'Send to 1' }).click();
    await expect(page.getByText('Written').first()).toBeVisible();
    await expect(page.getByText(/does not report receipt|no receipt/i).first()).toBeVisible();
    await expect(page.getByText(/failed/i)).toHaveCount(0);
  } finally {
    client.terminate();
  }
});

test('who is away is offline on the trace, and acked there when they come back', async ({ page }) => {
  const uid = `away-${Date.now()}`;
  const back = backEnd(run);
  const answer = await back.push([uid], 'wait for me');
  const id = answer.body.data?.[0]?.message_id;
  await page.goto(`/messages/${id}`);
  await expect(page.getByText('Offline').first()).toBeVisible();
  const token = await back.token(uid);
  const receiver = connect({
    url,
    appId: app,
    uid,
    deviceId: `device-${uid}`,
    token: async () => token,
    onMessage: () => {},
  });
  try {
    await expect(page.getByText('Acked').first()).toBeVisible();
  } finally {
    receiver.close();
  }
});

test('hostile texts are shown as texts', async ({ page }) => {
  const uid = `xss-${Date.now()}`;
  const hostile = `<img src=x onerror="document.title='owned'">`;
  const answer = await backEnd(run).push([uid], hostile, {
    message: { title: hostile, content: hostile, extras: hostile },
  });
  await page.goto(`/messages/${answer.body.data?.[0]?.message_id}`);
  await expect(page.getByText(hostile).first()).toBeVisible();
  expect(await page.title()).not.toContain('owned');
});
