// What the pictures of the console are made from is what the api may answer: each answer fits its contract.
import { successSchema } from '@message-push/protocol';
import * as admin from '@message-push/protocol/admin';
import { expect, test } from 'vitest';
import { string, type ZodType } from 'zod';
import { answerOf, emptyStory, troubledStory, wholeStory } from './story/answers.ts';
import { ACKED, OFFLINE } from './story/messages.ts';

const ROWS: Record<string, ZodType> = {
  '/session': admin.operatorSessionSchema,
  '/setup': admin.setupStateSchema,
  '/sessions': admin.sessionRowSchema,
  '/health': admin.healthReportSchema,
  '/rates': admin.nodeSeriesSchema,
  '/ring': admin.ringSchema,
  '/ring/history': admin.ringChangeSchema,
  '/ring/locate': admin.locationSchema,
  '/nodes': admin.nodeRowSchema,
  '/nodes/one': admin.nodeDetailSchema,
  '/messages': admin.messageRowSchema,
  '/messages/histogram': admin.bucketSchema,
  '/messages/funnel': admin.funnelSchema,
  '/messages/latency': admin.latencySchema,
  '/messages/failures': admin.failureReasonSchema,
  '/messages/clauses': admin.clauseCountSchema,
  '/messages/suggest': string(),
  [`/messages/${ACKED}`]: admin.messageRowSchema,
  [`/messages/${ACKED}/deliveries`]: admin.deliveryRowSchema,
  [`/messages/${OFFLINE}/trace`]: admin.traceSchema,
  '/users/demo/57098049': admin.userSchema,
  '/apps': admin.appViewSchema,
  '/apps/demo': admin.appViewSchema,
  '/apps/demo/credentials': admin.credentialViewSchema,
  '/apps/demo/keys': admin.signingKeyViewSchema,
  '/operators': admin.operatorRowSchema,
  '/audit': admin.auditRowSchema,
  '/dead-letters': admin.deadLetterSchema,
};

test.each([
  ['well', wholeStory()],
  ['of 200 nodes', wholeStory(200)],
  ['without nodes', wholeStory(0)],
  ['empty', emptyStory()],
  ['troubled', troubledStory()],
])('every answer of the story that is %s fits its contract', (_name, story) => {
  for (const [path, row] of Object.entries(ROWS)) {
    const { status, body } = answerOf(story, 'GET', path);
    if (status !== 200) continue;
    const read = successSchema(row).safeParse(body);
    expect(read.error?.message, path).toBeUndefined();
  }
  const untold = Object.keys(story).filter((pattern) => pattern.startsWith('GET') && !told(pattern));
  expect(untold, 'answers without a contract here').toEqual([]);
});

function told(pattern: string): boolean {
  const shape = pattern.slice('GET '.length).split('/');
  return Object.keys(ROWS).some((path) => {
    const parts = path.split('/');
    return parts.length === shape.length && shape.every((part, i) => part === '*' || part === parts[i]);
  });
}
