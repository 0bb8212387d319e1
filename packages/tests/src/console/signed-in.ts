// A page that is signed in as an operator of some role, and fails the test when it logs an error or asks a foreign origin.
import { readFileSync } from 'node:fs';
import type { RoleName } from '@message-push/protocol/admin/rights';
import type { RunInfo } from '@message-push/testkit';
import { test as base, expect, type Page } from '@playwright/test';
import type { TestOperator } from './operators.ts';

export type { Page };
export { expect };

const required = (name: string) => process.env[name] ?? '';
/** As `npm start` wrote it. */
export const run: RunInfo = JSON.parse(readFileSync(required('CONSOLE_RUN'), 'utf8'));
const operators: TestOperator[] = JSON.parse(readFileSync(required('CONSOLE_OPERATORS'), 'utf8'));

export function operatorOf(role: RoleName): TestOperator {
  const found = operators.find((operator) => operator.role === role);
  if (found === undefined) throw new Error(`no operator is ${role}`);
  return found;
}

/** Opens a page that leads to the sign-in; resolves when its form is alive: it asks whether a set-up is needed, then. */
export async function signInPage(page: Page, path: string): Promise<void> {
  const alive = page.waitForResponse('**/admin/v1/setup');
  await page.goto(path);
  await alive;
}

interface Options {
  /** Who is signed in; null = nobody. */
  role: RoleName | null;
  /** Console errors that the test expects, e.g. the 500 that it answers itself. */
  expectedErrors: RegExp[];
}

export const test = base.extend<Options>({
  role: ['admin', { option: true }],
  expectedErrors: [[], { option: true }],
  page: async ({ page, context, baseURL, role, expectedErrors }, use) => {
    const origin = baseURL ?? '';
    if (role !== null) {
      const [name = '', value = ''] = operatorOf(role).cookie.split('=');
      await context.addCookies([{ name, value, url: origin }]);
    }
    const faults: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.protocol.startsWith('http') && url.origin !== origin) faults.push(`asked ${url.origin}`);
    });
    await use(page);
    const unexpected = faults.filter((fault) => !expectedErrors.some((expected) => expected.test(fault)));
    expect(unexpected, 'errors of the page').toEqual([]);
  },
});
