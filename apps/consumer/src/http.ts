// The port of a consumer: health, readiness and metrics. Nobody calls a consumer for anything else.
import { createServer, type Server } from 'node:http';
import type { Metrics } from '@message-push/runtime';

export function createHealthServer({ metrics, missing }: { metrics: Metrics; missing(): string[] }): Server {
  return createServer(async (request, response) => {
    const json = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const path = request.url?.split('?')[0];
    if (path === '/healthz') return json(200, { status: 'ok' });
    if (path === '/readyz') return json(missing().length === 0 ? 200 : 503, { missing: missing() });
    if (path !== '/metrics') return json(404, { code: 404, msg: 'There is nothing here.', error: 'NOT_FOUND' });
    const text = await metrics.metrics();
    response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
  });
}
