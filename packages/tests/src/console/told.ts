// Makes a page live in a story: its api answers, its clock stands, its stream is open and says what it is told to.
import type { StreamEvents } from '@message-push/protocol/admin';
import type { Page } from '@playwright/test';
import { answerOf, type Story } from './story/answers.ts';
import { NOW } from './story/time.ts';

/** The story may be changed while the page lives in it. `runs`: the clock goes on from there, and can be put forward. */
export async function tell(page: Page, story: Story, { runs = false } = {}): Promise<void> {
  if (runs) await page.clock.install({ time: NOW });
  else await page.clock.setFixedTime(NOW);
  await page.route('**/api/admin/v1/**', (route) => {
    const request = route.request();
    const path = decodeURIComponent(new URL(request.url()).pathname.replace(/^.*\/admin\/v1/, ''));
    const { status, body } = answerOf(story, request.method(), path);
    return route.fulfill({ status, json: body });
  });
  // The stream would end with its answer: it is opened here, and says nothing by itself.
  await page.addInitScript(() => {
    const ask = globalThis.fetch;
    globalThis.fetch = (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      if (!url.includes('/admin/v1/stream')) return ask(input, init);
      const encoder = new TextEncoder();
      const body = new ReadableStream({
        start(open) {
          open.enqueue(encoder.encode(': quiet\n\n'));
          // The window of the page.
          const target = globalThis as unknown as EventTarget;
          target.addEventListener('told', (event) => open.enqueue(encoder.encode(Reflect.get(event, 'detail'))));
        },
      });
      return Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }));
    };
  });
}

/** An event on the stream of a page that lives in a story. */
export async function say(page: Page, event: keyof StreamEvents, data: object): Promise<void> {
  const detail = JSON.stringify(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  await page.evaluate(`dispatchEvent(new CustomEvent('told', { detail: ${detail} }))`);
}

/** Looks in a row, 100 ms apart, that must find nothing on its way: a skeleton comes 200 ms after its question. */
const QUIET_LOOKS = 8;

/** Everything asked for is there, and nothing is about to change. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.evaluate('document.fonts.ready.then(() => true)');
  // A hop that waits pulses for ever; only what stands for content is waited for.
  const moving = page.locator('.animate-pulse:is(.bg-line, .border-line), .shows-late, [aria-busy=true]');
  const until = Date.now() + 20_000;
  for (let quiet = 0; quiet < QUIET_LOOKS; ) {
    if (Date.now() > until) throw new Error('the page does not come to rest');
    quiet = (await moving.count()) === 0 ? quiet + 1 : 0;
    await page.waitForTimeout(100);
  }
}
