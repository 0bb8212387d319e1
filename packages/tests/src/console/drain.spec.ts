// Draining a node from the page: what was simulated is what moves, one sees it happen, and it can be taken back.
import { ask } from './operators.ts';
import { connected } from './receivers.ts';
import { expect, operatorOf, run, test } from './signed-in.ts';

const NODE = 'node-1';
const PEOPLE = 40;

/** The nodes that have this person's sessions. */
async function homesOf(uids: readonly string[]): Promise<string[][]> {
  const { cookie } = operatorOf('operator');
  const path = (uid: string) => `/ring/locate?uid=${uid}&app=${run.demo.app_id}`;
  const rows = await Promise.all(uids.map((uid) => ask(run.api, cookie, 'GET', path(uid))));
  return rows.map(([row]) => (Array.isArray(row?.bound) ? row.bound.map(String) : []));
}

test.use({ role: 'operator' });

test('a drain moves as many as its simulation says, shows them leave, disconnects nobody, and is taken back', async ({
  page,
}) => {
  const uids = Array.from({ length: PEOPLE }, (_, n) => `drained-${n}`);
  const receivers = await connected(run, uids);
  try {
    await expect.poll(async () => (await homesOf(uids)).every(({ length }) => length === 1)).toBe(true);
    const before = await homesOf(uids);
    const onNode = before.filter(([home]) => home === NODE).length;
    await page.goto('/ring');
    await page.getByRole('button', { name: `Drain ${NODE}…` }).click();
    const question = page.getByRole('dialog', { name: `Drain ${NODE}?` });
    await expect(question).toContainText(new RegExp(`${onNode} users of ${PEOPLE} online`));
    await question.getByRole('textbox').fill(NODE);
    await question.getByRole('button', { name: 'Drain the node' }).click();

    const progress = page.getByRole('dialog', { name: `${NODE} is draining` });
    await expect(progress.getByRole('progressbar')).toBeVisible();
    await expect(progress).toContainText('The node is empty');
    await expect.poll(async () => (await homesOf(uids)).filter(([home]) => home === NODE).length).toBe(0);
    const after = await homesOf(uids);
    expect(after.filter(([home], n) => home !== before[n]?.[0])).toHaveLength(onNode);

    await progress.getByRole('button', { name: 'Put back on the ring' }).click();
    await expect(page.getByText(`${NODE} comes back to the ring`)).toBeVisible();
    await expect.poll(() => homesOf(uids)).toEqual(before);
    expect(receivers.connections.map(({ state }) => state)).toEqual(uids.map(() => 'open'));
  } finally {
    receivers.close();
    // Other tests need both nodes, also when this one has failed.
    const { cookie } = operatorOf('operator');
    await ask(run.api, cookie, 'POST', `/nodes/${NODE}/undrain`).catch(() => undefined);
  }
});
