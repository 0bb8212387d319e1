// When the api fails, the page says what happened and what to do, loses nothing that was typed, and goes on by itself once it can.
import { backEnd } from '@message-push/testkit';
import { ask, signIn } from './operators.ts';
import { expect, operatorOf, type Page, run, test } from './signed-in.ts';
import { refusal, type Story, wholeStory } from './story/answers.ts';
import { ACKED, messages } from './story/messages.ts';
import { say, tell } from './told.ts';

test.use({ expectedErrors: [/status of (401|429|500)|net::ERR/] });

/** Each page with the call that it cannot do without, and what it shows when that is answered. */
const MAIN_CALLS: { path: string; call: string; shows: string }[] = [
  { path: '/', call: 'GET /health', shows: 'users connected' },
  { path: '/messages', call: 'GET /messages', shows: '系统维护通知' },
  { path: `/messages/${ACKED}`, call: 'GET /messages', shows: '系统维护通知' },
  { path: '/users/57098049?app=demo', call: 'GET /users/*/*', shows: 'iphone-17-of-li' },
  { path: '/ring', call: 'GET /ring', shows: 'Where does a user live?' },
  { path: '/ring/192.168.105.12%3A7100', call: 'GET /nodes/*', shows: 'Place on the ring' },
  { path: '/apps', call: 'GET /apps', shows: '商城消息' },
  { path: '/apps/demo', call: 'GET /apps/*', shows: '••••a1B2' },
  { path: '/dead-letters', call: 'GET /dead-letters', shows: '验证码' },
  { path: '/audit', call: 'GET /audit', shows: 'on-call@example.com' },
  { path: '/settings/security', call: 'GET /sessions', shows: '203.0.113.7' },
  { path: '/settings/operators', call: 'GET /operators', shows: '商城负责人' },
];

for (const { path, call, shows } of MAIN_CALLS) {
  test(`${path}: a failure of ${call} is told with its request id, and Retry brings the page`, async ({ page }) => {
    const whole = wholeStory();
    const story: Story = { ...whole, [call]: refusal(500, 'INTERNAL', 'Something went wrong on our side.') };
    await tell(page, story, { runs: true });
    await page.goto(path);
    const failure = page.getByRole('main').getByRole('alert').filter({ hasText: 'The api failed (INTERNAL).' }).first();
    // The page tries again by itself before it says so.
    await expect(async () => {
      await page.clock.fastForward(2_000);
      await expect(failure).toBeVisible({ timeout: 300 });
    }).toPass();
    await expect(failure).toContainText('Try again.');
    await expect(failure).toContainText('a1b2c3d4-7f');
    await expect(page.getByRole('main').getByText(shows).first()).toBeHidden();
    Object.assign(story, whole);
    await failure.getByRole('button', { name: 'Retry' }).click();
    await expect(page.getByRole('main').getByText(shows).first()).toBeVisible();
    await expect(failure).toHaveCount(0);
  });
}

async function write(page: Page, uid: string): Promise<void> {
  await page.goto('/send');
  await page.getByRole('combobox', { name: /^App / }).click();
  await page.getByRole('option', { name: `(${run.demo.app_id})` }).click();
  await page.getByLabel('Recipients').fill(uid);
  await page.keyboard.press('Enter');
  await page.getByLabel('Title').fill('half');
  await page.getByLabel('Content', { exact: true }).fill('a message half written');
}

test('a failed push says that nothing typed is lost, and pressed again it is sent once', async ({ page }) => {
  const keys: (string | undefined)[] = [];
  await page.route('**/admin/v1/push', async (route) => {
    keys.push(route.request().headers()['idempotency-key']);
    if (keys.length > 1) return route.continue();
    const { status, body } = refusal(500, 'INTERNAL', 'Something went wrong on our side.')();
    await route.fulfill({ status, json: body });
  });
  await write(page, `failed-${Date.now()}`);
  await page.getByRole('button', { name: 'Review and send' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Send to 1' }).click();
  await expect(dialog.getByRole('alert')).toContainText('The api failed (INTERNAL).');
  await dialog.getByRole('button', { name: 'Send to 1' }).click();
  await expect(page.getByRole('link', { name: 'Open trace' })).toBeVisible();
  expect(keys).toEqual([keys[0], keys[0]]);
});

test.describe('a session of its own', () => {
  test.use({ role: null });

  test('a session that ends in mid-form leads to the sign-in, and back to all that was typed', async ({
    page,
    context,
    baseURL,
  }) => {
    const { email, password } = operatorOf('operator');
    const cookie = await signIn(run.api, { email, password });
    const [name = '', value = ''] = cookie.split('=');
    await context.addCookies([{ name, value, url: baseURL ?? '' }]);
    const uid = `half-${Date.now()}`;
    await write(page, uid);
    await ask(run.api, cookie, 'DELETE', '/session');
    await page.getByRole('button', { name: 'Review and send' }).click();
    await page
      .getByRole('button', { name: 'Send to 1' })
      .click()
      .catch(() => undefined); // the page may have left already
    await expect(page).toHaveURL(/\/login\?next=%2Fsend/);
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page).toHaveURL(/\/send$/);
    await expect(page.getByLabel('Title')).toHaveValue('half');
    await expect(page.getByLabel('Content', { exact: true })).toHaveValue('a message half written');
    await expect(page.getByRole('button', { name: `Remove ${uid}` })).toBeVisible();
    await expect(page.getByRole('combobox', { name: /^App / })).toContainText(run.demo.app_id);
  });
});

test('too many requests: the page says in how many seconds to try again', async ({ page }) => {
  const body = { code: 429, msg: 'Too many requests.', error: 'RATE_LIMITED', request_id: 'a1', details: [] };
  await page.route('**/admin/v1/push', (route) =>
    route.fulfill({ status: 429, json: body, headers: { 'retry-after': '17' } }),
  );
  await write(page, 'limited');
  await page.getByRole('button', { name: 'Review and send' }).click();
  await page.getByRole('button', { name: 'Send to 1' }).click();
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText('Try again in 17 seconds.');
});

test('a stream that was lost: the page says so and reads by itself, then goes on where the stream stopped', async ({
  page,
}) => {
  await page.addInitScript(cuttableStream);
  await page.goto('/messages');
  const indicator = page.getByRole('button', { name: /^Live updates/ });
  await expect(indicator).toHaveText(/Live$/);
  // Something must have been heard, to go on behind it.
  await expect.poll(() => page.evaluate('told.lastId')).toBeTruthy();
  const lastId = await page.evaluate('told.cut()');
  await expect(indicator).toHaveText(/Reconnecting/);
  await expect(indicator).toHaveText(/Polling/);
  await expect(page.getByText('Live updates were lost. Values are read every 10 s.')).toBeVisible();
  const title = `meanwhile-${Date.now()}`;
  await backEnd(run).push(['someone'], 'pushed while the stream was away', { message: { title, content: 'x' } });
  await page.evaluate('told.mend()');
  await expect(indicator).toHaveText(/Live$/, { timeout: 30_000 });
  await expect(page.getByText('Live updates were lost. Values are read every 10 s.')).toHaveCount(0);
  expect(await page.evaluate('told.resumedFrom')).toBe(lastId);
  const news = page.getByRole('button', { name: /new message/ });
  await expect(news.or(page.getByText(title)).first()).toBeVisible();
  if (await news.isVisible()) await news.click();
  await expect(page.getByText(title).first()).toBeVisible();
});

/** In the page: `told.cut()` ends the stream and lets no other begin before `told.mend()`; ids are noted as they pass. */
const cuttableStream = `(() => {
  const ask = fetch;
  let away = false;
  let end;
  globalThis.told = {
    lastId: undefined,
    resumedFrom: undefined,
    cut() {
      away = true;
      end.abort();
      return told.lastId;
    },
    mend() {
      away = false;
    },
  };
  globalThis.fetch = async (input, init) => {
    if (!String(input).includes('/admin/v1/stream')) return ask(input, init);
    if (away) throw new TypeError('the network is away');
    end = new AbortController();
    told.resumedFrom = init.headers['last-event-id'];
    const response = await ask(input, { ...init, signal: AbortSignal.any([init.signal, end.signal]) });
    const [body, copy] = response.body.tee();
    note(copy).catch(() => undefined);
    return new Response(body, response);
  };
  async function note(copy) {
    let text = '';
    for await (const piece of copy.pipeThrough(new TextDecoderStream())) {
      text += piece;
      const blocks = text.split('\\n\\n');
      text = blocks.pop();
      for (const block of blocks) told.lastId = /^id: (.*)$/m.exec(block)?.[1] ?? told.lastId;
    }
  }
})()`;

test('after a gap in the stream the page reads again what it shows', async ({ page }) => {
  const story = wholeStory();
  await tell(page, story, { runs: true });
  let looks = 0;
  page.on('response', (response) => {
    if (/\/messages\?.*from=\d/.test(response.url())) looks++;
  });
  await page.goto('/messages');
  const title = 'came while nobody listened';
  await expect(page.getByText('系统维护通知').first()).toBeVisible();
  await expect(page.getByRole('button', { name: /^Live updates/ })).toHaveText(/Live$/);
  // What a page looks for by itself after it has come is over.
  await page.clock.fastForward(5_000);
  await expect.poll(() => looks).toBeGreaterThanOrEqual(2);
  const [first] = messages;
  if (first === undefined) throw new Error('the story has no message');
  const missed = {
    ...first,
    message_id: first.message_id.replace(/^.{8}/, '01a208c0'),
    message: { ...first.message, title },
  };
  story['GET /messages'] = () => ({
    status: 200,
    body: { code: 1, msg: 'OK', data: [missed, ...messages], total: messages.length + 1, total_is_lower_bound: false },
  });
  await say(page, 'gap', {});
  // No row moves by itself: what was missed waits to be asked for.
  await page.getByRole('button', { name: '1 new message' }).click();
  await expect(page.getByText(title).first()).toBeVisible();
});
