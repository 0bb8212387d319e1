// All recipes by engine.
import { postgres } from './postgres.ts';
import { redis } from './redis.ts';
import type { Engine, Recipe } from './types.ts';

export const recipes: Record<Engine, Recipe> = { redis, postgres } as Record<Engine, Recipe>;
