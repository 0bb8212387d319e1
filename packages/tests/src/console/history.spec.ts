// Ten thousand rows are scrolled through without a halt, and none is skipped or comes twice while new ones are pushed.
import { backEnd } from '@message-push/testkit';
import { expect, run, test } from './signed-in.ts';
import { tasksDuring } from './trace-of.ts';

const ROWS = 10_000;
const BATCH = 500;
const LONG_TASK_MS = 200;

// Its snapshots would be the longest tasks.
test.use({ trace: 'off' });

const titleOf = (n: number) => `row ${String(n).padStart(5, '0')}`;

async function push(contentType: string, titles: readonly string[]): Promise<void> {
  const pushes = titles.map((title, n) => ({
    push_method: 1,
    // One each: to one uid there is a bound per second.
    audience: { uids: [`reader-${n}`] },
    message: { title, content: 'one of many', content_type: contentType },
    options: { ttl_s: 60 },
  }));
  const { body } = await backEnd(run).call('POST', '/push/batch', { pushes });
  const refused = (body.data ?? []).filter(({ code }) => code !== 1);
  if (refused.length > 0 || body.data?.length !== titles.length)
    throw new Error(JSON.stringify(refused[0] ?? body.msg));
}

test('10,000 rows scroll without a long task, and paging neither skips nor repeats while new pushes come in', async ({
  page,
}) => {
  test.setTimeout(300_000);
  const contentType = `many-${Date.now()}`;
  const titles = Array.from({ length: ROWS }, (_, n) => titleOf(n));
  for (let from = 0; from < ROWS; from += BATCH) await push(contentType, titles.slice(from, from + BATCH));
  const all = page.getByText(/^10,000\+? messages$/);
  // The history is a little behind.
  await expect(async () => {
    await page.goto(`/messages?q=${encodeURIComponent(`content_type:${contentType}`)}`);
    await expect(all).toBeVisible({ timeout: 5_000 });
  }).toPass();
  await expect(page.getByRole('row').nth(5)).toBeVisible();

  let scrolling = true;
  const pushing = (async () => {
    for (let n = 0; scrolling; n++) {
      await push(contentType, [`new ${n}`]);
      await new Promise((resolve) => setTimeout(resolve, 50)); // 20 a second, as a platform at work
    }
  })();
  let seen: string[] = [];
  const tasks = await tasksDuring(page, async () => {
    seen = await page.evaluate<string[]>(scrollThrough);
  });
  scrolling = false;
  await pushing;
  console.log(
    `longest task of ${tasks.count}: ${Math.round(tasks.longestCpuMs)} ms of the processor, ${Math.round(tasks.longestMs)} ms on the clock`,
  );
  expect(seen.toSorted()).toEqual(titles);
  expect(tasks.count).toBeGreaterThan(1_000);
  expect(tasks.longestCpuMs).toBeLessThan(LONG_TASK_MS);
  await expect(page.getByRole('button', { name: /new messages$/ })).toBeVisible();
});

/** In the page: scrolls on until the last row, and answers the title at each place; a place whose row changed is named. */
const scrollThrough = `(async () => {
  const box = document.querySelector('[role=table]').parentElement;
  const seen = [];
  for (;;) {
    let shownTo = 0;
    for (const row of box.querySelectorAll('[data-index]')) {
      const title = /(row|new) \\d+/.exec(row.textContent)?.[0];
      const { index } = row.dataset;
      seen[index] = seen[index] === undefined || seen[index] === title ? title : seen[index] + ' became ' + title;
      shownTo = Math.max(shownTo, row.getBoundingClientRect().bottom);
    }
    const foot = box.lastElementChild;
    // Someone who reads waits for the rows to be drawn.
    if (shownTo >= Math.min(box.getBoundingClientRect().bottom, foot.getBoundingClientRect().top) - 1) {
      const atEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - 2;
      if (atEnd && foot.textContent.includes('That is all.')) return seen;
      box.scrollTop += 900;
    }
    await new Promise(requestAnimationFrame);
  }
})()`;
