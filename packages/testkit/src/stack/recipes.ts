// All recipes by engine.
import { elasticsearch } from './elasticsearch.ts';
import { kafka } from './kafka.ts';
import { nacos } from './nacos.ts';
import { postgres } from './postgres.ts';
import { redis } from './redis.ts';
import type { Engine, Recipe } from './types.ts';

export const recipes: Record<Engine, Recipe> = { kafka, elasticsearch, nacos, redis, postgres };
