// Makes a page live in a story: its api answers, its clock stands, its stream is open and silent.
import type { Page } from '@playwright/test';
import { answerOf, type Story } from './story/answers.ts';
import { NOW } from './story/time.ts';

export async function tell(page: Page, story: Story): Promise<void> {
  await page.clock.setFixedTime(NOW);
  await page.route('**/api/admin/v1/**', (route) => {
    const request = route.request();
    const path = decodeURIComponent(new URL(request.url()).pathname.replace(/^.*\/admin\/v1/, ''));
    const { status, body } = answerOf(story, request.method(), path);
    return route.fulfill({ status, json: body });
  });
  await page.addInitScript(() => {
    class SilentStream extends EventTarget {
      static readonly CONNECTING = 0;
      static readonly OPEN = 1;
      static readonly CLOSED = 2;
      readyState = 1;
      onopen: ((event: Event) => void) | null = null;
      constructor() {
        super();
        queueMicrotask(() => {
          const event = new Event('open');
          this.onopen?.(event);
          this.dispatchEvent(event);
        });
      }
      close() {
        this.readyState = 2;
      }
    }
    Object.assign(globalThis, { EventSource: SilentStream });
  });
}

/** Everything asked for is there, and nothing is about to change. */
export async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  await page.waitForFunction('document.querySelectorAll("[aria-busy=true], [data-skeleton]").length === 0');
  await page.evaluate('document.fonts.ready.then(() => true)');
}
