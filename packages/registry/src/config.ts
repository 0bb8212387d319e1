// Settings of the registry, read from the environment by the loader of runtime.
import { type Config, field } from '@message-push/runtime';
import { z } from 'zod';
import type { Registration } from './index.ts';

const ROLES: readonly Registration['role'][] = ['node', 'gateway', 'consumer', 'api'];
const FORM = 'write "role id host:port [weight]", separated by commas';

/** `node n1 10.0.0.1:7001 2, gateway g1 10.0.0.2:7002`: the processes of a static list. Their incarnations are unknown (''). */
const staticList = z
  .string()
  .default('')
  .transform((text, context): Registration[] => {
    const list: Registration[] = [];
    for (const row of text.split(',').map((part) => part.trim())) {
      if (row === '') continue;
      const parsed = parseRow(row);
      if (parsed) list.push(parsed);
      else context.addIssue({ code: 'custom', message: `"${row}" is not a process: ${FORM}` });
    }
    const keys = new Set(list.map(({ role, id }) => `${role} ${id}`));
    if (keys.size < list.length) context.addIssue({ code: 'custom', message: 'a role and id are listed twice' });
    return list;
  });

function parseRow(row: string): Registration | undefined {
  const [roleText = '', id = '', address = '', weightText = '1', ...more] = row.split(/\s+/);
  const role = ROLES.find((known) => known === roleText);
  const weight = Number(weightText);
  if (!role || id === '' || !/^.+:\d{1,5}$/.test(address) || !(weight > 0 && weight <= 100) || more.length > 0)
    return undefined;
  return { role, id, incarnation: '', address, weight, metadata: {} };
}

export const registryFields = {
  registry: field(
    'REGISTRY',
    z
      .enum(['embedded', 'static'], { error: 'only "embedded" (one process) and "static" (a list) are available' })
      .default('embedded'),
    'Which registry introduces the processes to each other',
  ),
  registryStatic: field('REGISTRY_STATIC', staticList, `Processes of a static registry: ${FORM}`),
};

export type RegistryConfig = Config<typeof registryFields>;
