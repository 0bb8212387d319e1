// What was decided about dead letters; the letters themselves are on the bus.
import type { DeadLetterDecision as DecisionRow, Prisma } from '../generated/client/client.ts';
import type { Connection } from './connection.ts';
import type { DeadLetterDecision, DeadLetterPlace, DeadLetters } from './types.ts';

const PLACES_MAX = 1_000;

export function createDeadLetters({ prisma, clock, call }: Connection): DeadLetters {
  return {
    decide: (place, action, by) =>
      call('deadLetters.decide', async () => {
        const data = { ...keyOf(place), action, actor: by, at: new Date(clock.now()) };
        return decisionFrom(await prisma.deadLetterDecision.create({ data }));
      }),
    undo: (place) =>
      call('deadLetters.undo', async () => {
        await prisma.deadLetterDecision.deleteMany({ where: keyOf(place) });
      }),
    decisions: (places) =>
      call('deadLetters.decisions', async () => {
        if (places.length === 0) return [];
        const OR = places.slice(0, PLACES_MAX).map(keyOf);
        return (await prisma.deadLetterDecision.findMany({ where: { OR } })).map(decisionFrom);
      }),
    count: (log, from) =>
      call('deadLetters.count', async () => {
        const kept = from.map((offset, partition) => ({ partition, offset: { gte: BigInt(offset) } }));
        const where: Prisma.DeadLetterDecisionWhereInput = { log, ...(kept.length > 0 && { OR: kept }) };
        return prisma.deadLetterDecision.count({ where });
      }),
  };
}

function keyOf({ log, partition, offset }: DeadLetterPlace) {
  return { log, partition, offset: BigInt(offset) };
}

function decisionFrom({ log, partition, offset, action, actor, at }: DecisionRow): DeadLetterDecision {
  return { log, partition, offset: Number(offset), action, by: actor, at };
}
