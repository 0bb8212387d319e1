// The console's process: serves the built pages and hands /api/* to an api, so that the browser sees one origin.
import { createServer, type ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import next from 'next';
import { apiUrl, type ConsoleConfig, loadConfig } from './config.ts';
import { createToApi } from './to-api.ts';

const STOP_MS = 2000;
const LOOK_MS = 1000;

let config: ConsoleConfig;
try {
  config = loadConfig(process.env);
} catch (error) {
  process.stderr.write(`console: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(2);
}
const { host, port, apis } = config;
log('starting', { apis: apis.map(({ host }) => host) });
const app = next({ dev: false, dir: dirname(dirname(fileURLToPath(import.meta.url))), hostname: host, port });
await app.prepare();
const page = app.getRequestHandler();
const toApi = createToApi(apis);

const server = createServer((request, response) => {
  if (request.url === '/healthz') json(response, 200, { status: 'ok' });
  else if (request.url === '/readyz') void ready(response);
  else if (request.url?.startsWith('/api/')) toApi(request, response);
  else void page(request, response);
});
server.on('error', (error) => {
  process.stderr.write(`the console can't listen on ${host}:${port}: ${error.message}\n`);
  process.exit(1);
});
server.listen(port, host, () => {
  const bound = server.address();
  const address = `${host}:${typeof bound === 'object' && bound !== null ? bound.port : port}`;
  log('listening', { address });
  process.send?.({ listening: address });
});

/** Ends open answers within two seconds; a parent that is gone ends it too. */
function stop(): void {
  log('stopping');
  server.close(() => process.exit(0));
  setTimeout(() => process.exit(0), STOP_MS).unref();
}
process.on('SIGTERM', stop);
process.on('SIGINT', () => (process.send ? undefined : stop())); // under a parent, the parent decides
process.on('disconnect', stop);
// A launcher says which apis live.
process.on('message', (message: { apis?: string[] }) => {
  const living = (message.apis ?? []).flatMap((text) => apiUrl(text) ?? []);
  if (living.length > 0) apis.splice(0, apis.length, ...living);
});

async function ready(response: ServerResponse): Promise<void> {
  const answers = apis.map(async (api) => {
    const { ok } = await fetch(new URL('/healthz', api), { signal: AbortSignal.timeout(LOOK_MS) });
    if (!ok) throw new Error('not well');
  });
  const missing = await Promise.any(answers).then(
    () => [],
    () => ['the api does not answer'],
  );
  json(response, missing.length === 0 ? 200 : 503, { status: missing.length === 0 ? 'ready' : 'waiting', missing });
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** In the form of the other processes' logs: JSON lines, level 30 = info. */
function log(msg: string, more: object = {}): void {
  process.stdout.write(`${JSON.stringify({ level: 30, time: Date.now(), name: 'console', ...more, msg })}\n`);
}
