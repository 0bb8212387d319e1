// What is wrong with the platform, worst first, as values that the catalogues put into words.
import type { HealthReport } from '@message-push/protocol/admin';

export interface Trouble {
  kind: 'engine' | 'noNodes' | 'frozen' | 'node' | 'gateway' | 'late' | 'deadLetters';
  values: Record<string, string | number>;
}

/** Deliveries that wait longer than this are a trouble, milliseconds. */
const LATE_MS = 5000;

export function troubles(report: HealthReport): Trouble[] {
  const found: Trouble[] = [];
  for (const engine of report.engines) if (!engine.ok) found.push({ kind: 'engine', values: { engine: engine.name } });
  if (report.ring.nodes.length === 0) found.push({ kind: 'noNodes', values: {} });
  if (report.ring.frozen !== undefined) found.push({ kind: 'frozen', values: { version: report.ring.version } });
  for (const node of report.ring.nodes)
    if (node.problem !== undefined) found.push({ kind: 'node', values: { id: node.id } });
  for (const gateway of report.gateways)
    if (gateway.problem !== undefined) found.push({ kind: 'gateway', values: { id: gateway.id } });
  if (report.delivery.oldest_ms > LATE_MS)
    found.push({ kind: 'late', values: { seconds: Math.round(report.delivery.oldest_ms / 1000) } });
  if (report.delivery.dead_letters > 0)
    found.push({ kind: 'deadLetters', values: { count: report.delivery.dead_letters } });
  return found;
}
