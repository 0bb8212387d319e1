// Changes that came with an Idempotency-Key: claimed before they are carried out, answered the same for 24 hours.
import { ApiError } from '@message-push/protocol';
import type { OperatorRequest } from '../generated/client/client.ts';
import type { Connection } from './connection.ts';
import type { Peppers } from './pepper.ts';
import type { Requests } from './types.ts';

const KEPT_MS = 24 * 3_600_000;
/** Longer than any request may take: who began it is gone then. */
const UNDER_WAY_MS = 60_000;

export function createRequests({ prisma, clock, call }: Connection, peppers: Peppers): Requests {
  return {
    begin: (operator, key, fingerprint) =>
      call('requests.begin', async () => {
        const now = clock.now();
        const mine = { operatorId: operator, key, fingerprint, createdAt: new Date(now) };
        const { count } = await prisma.operatorRequest.createMany({ data: mine, skipDuplicates: true });
        if (count === 1) return {};
        const row = await prisma.operatorRequest.findUnique({
          where: { operatorId_key: { operatorId: operator, key } },
        });
        // It ended in failure just now.
        if (row === null) throw new ApiError('IN_PROGRESS');
        if (isOver(row, now)) {
          const { createdAt } = row;
          const taken = await prisma.operatorRequest.updateMany({
            where: { operatorId: operator, key, createdAt },
            data: { ...mine, sealed: null, pepperId: null },
          });
          if (taken.count === 1) return {};
          throw new ApiError('IN_PROGRESS');
        }
        if (row.fingerprint !== fingerprint) throw new ApiError('IDEMPOTENCY_MISMATCH');
        if (row.sealed === null || row.pepperId === null) throw new ApiError('IN_PROGRESS');
        return {
          answer: peppers.open(nameOf(operator, key), { pepperId: row.pepperId, sealed: row.sealed }).toString(),
        };
      }),
    finish: (operator, key, answer) =>
      call('requests.finish', async () => {
        const where = { operatorId: operator, key };
        if (answer === undefined) await prisma.operatorRequest.deleteMany({ where });
        else {
          const { pepperId, sealed } = peppers.seal(nameOf(operator, key), Buffer.from(answer));
          await prisma.operatorRequest.updateMany({ where, data: { pepperId, sealed: Buffer.from(sealed) } });
        }
      }),
  };
}

/** Removes what is not kept any more. */
export async function removeOldRequests({ prisma, clock }: Connection): Promise<void> {
  await prisma.operatorRequest.deleteMany({ where: { createdAt: { lt: new Date(clock.now() - KEPT_MS) } } });
}

function isOver({ createdAt, sealed }: OperatorRequest, now: number): boolean {
  return now - createdAt.getTime() >= (sealed === null ? UNDER_WAY_MS : KEPT_MS);
}

/** What a sealed answer is bound to. */
function nameOf(operator: string, key: string): string {
  return `request ${operator} ${key}`;
}
