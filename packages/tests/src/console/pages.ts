// Every page of the console in every state that a picture is taken of.

import { emptyStory, refusal, type Story, troubledStory, wholeStory } from './story/answers.ts';
import { ACKED, OFFLINE } from './story/messages.ts';

export interface PageState {
  name: string;
  path: string;
  story: () => Story;
}

const failed = (...patterns: string[]): Story =>
  Object.fromEntries(
    patterns.map((pattern) => [pattern, refusal(500, 'INTERNAL', 'Something went wrong on our side.')]),
  );

export const PAGES: PageState[] = [
  {
    name: 'sign-in',
    path: '/login',
    story: () => ({ ...wholeStory(), 'GET /session': refusal(401, 'NOT_SIGNED_IN', 'Sign in first.') }),
  },
  {
    name: 'set-up',
    path: '/setup',
    story: () => ({
      ...wholeStory(),
      'GET /setup': () => ({ status: 200, body: { code: 1, msg: 'OK', data: [{ needed: true }] } }),
    }),
  },
  { name: 'overview', path: '/', story: wholeStory },
  { name: 'overview-troubled', path: '/', story: troubledStory },
  { name: 'overview-empty', path: '/', story: emptyStory },
  { name: 'send', path: '/send', story: wholeStory },
  { name: 'history', path: '/messages', story: wholeStory },
  { name: 'history-drawer', path: `/messages?m=${ACKED}`, story: wholeStory },
  { name: 'history-empty', path: '/messages', story: emptyStory },
  {
    name: 'history-nothing-found',
    path: '/messages?q=status%3Adead%20%E7%BB%B4%E6%8A%A4',
    story: () => ({ ...emptyStory(), 'GET /messages/clauses': wholeStory()['GET /messages/clauses'] as Story[string] }),
  },
  { name: 'history-error', path: '/messages', story: troubledStory },
  { name: 'trace-acked', path: `/messages/${ACKED}`, story: wholeStory },
  { name: 'trace-offline', path: `/messages/${OFFLINE}`, story: wholeStory },
  { name: 'user', path: '/users/57098049?app=demo', story: wholeStory },
  { name: 'ring', path: '/ring', story: wholeStory },
  { name: 'ring-troubled', path: '/ring', story: troubledStory },
  { name: 'ring-0-nodes', path: '/ring', story: () => wholeStory(0) },
  { name: 'ring-1-node', path: '/ring', story: () => wholeStory(1) },
  { name: 'ring-200-nodes', path: '/ring', story: () => wholeStory(200) },
  { name: 'node', path: '/ring/192.168.105.12%3A7100', story: wholeStory },
  { name: 'playground', path: '/playground', story: wholeStory },
  { name: 'apps', path: '/apps', story: wholeStory },
  { name: 'apps-empty', path: '/apps', story: emptyStory },
  { name: 'app-credentials', path: '/apps/demo', story: wholeStory },
  { name: 'app-settings', path: '/apps/demo?tab=settings', story: wholeStory },
  { name: 'dead-letters', path: '/dead-letters', story: wholeStory },
  { name: 'dead-letters-empty', path: '/dead-letters', story: emptyStory },
  { name: 'audit', path: '/audit', story: wholeStory },
  { name: 'audit-error', path: '/audit', story: () => ({ ...wholeStory(), ...failed('GET /audit') }) },
  { name: 'settings-profile', path: '/settings/profile', story: wholeStory },
  { name: 'settings-security', path: '/settings/security', story: wholeStory },
  { name: 'settings-operators', path: '/settings/operators', story: wholeStory },
];
