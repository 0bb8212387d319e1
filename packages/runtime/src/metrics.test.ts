// Counters as Prometheus reads them.
import { expect, test } from 'vitest';
import { Metrics, tally } from './metrics.ts';

test('what was tallied is what is read, each time, with its labels; the same name and labels are one', async () => {
  const metrics = new Metrics();
  const ann = tally(metrics, 'mp_test_total', 'Of a test.', { id: 'ann' });
  ann.inc();
  tally(metrics, 'mp_test_total', 'Of a test.', { id: 'bob' }).inc(5);
  tally(metrics, 'mp_test_total', 'Of a test.', { id: 'ann' }).inc(2);
  const lines = async () => (await metrics.metrics()).split('\n').filter((line) => line.startsWith('mp_'));
  expect(await lines()).toEqual(['mp_test_total{id="ann"} 3', 'mp_test_total{id="bob"} 5']);
  ann.inc();
  expect(await lines()).toEqual(['mp_test_total{id="ann"} 4', 'mp_test_total{id="bob"} 5']);
});
