// The console's process: serves the built pages and hands /api/* to the api, so that the browser sees one origin.
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import next from 'next';

const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'proxy-authorization', 'te', 'trailer'];

const apiUrl = new URL(process.env.API_URL ?? 'http://127.0.0.1:8080');
const host = process.env.HOST ?? '127.0.0.1';
const wantedPort = Number(process.env.CONSOLE_PORT ?? 3000);

const app = next({
  dev: false,
  dir: dirname(dirname(fileURLToPath(import.meta.url))),
  hostname: host,
  port: wantedPort,
});
await app.prepare();
const page = app.getRequestHandler();

const server = createServer((request, response) => {
  if (request.url?.startsWith('/api/')) toApi(request, response);
  else void page(request, response);
});
server.on('error', (error) => {
  process.stderr.write(`the console can't listen on ${host}:${wantedPort}: ${error.message}\n`);
  process.exit(1);
});
server.listen(wantedPort, host, () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : wantedPort;
  if (process.send) process.send({ listening: `http://${host}:${port}` });
  else process.stdout.write(`console on http://${host}:${port}\n`);
});

/** Ends open answers within two seconds; a parent that is gone ends it too. */
function stop(): void {
  server.close(() => process.exit(0));
  setTimeout(() => process.exit(0), 2000).unref();
}
process.on('SIGTERM', stop);
process.on('SIGINT', () => (process.send ? undefined : stop())); // under a parent, the parent decides
process.on('disconnect', stop);

/** Streams a call through, with the caller's address for the api's limits. */
function toApi(request: IncomingMessage, response: ServerResponse): void {
  const headers = {
    ...request.headers,
    'x-forwarded-for': request.socket.remoteAddress ?? '',
    'x-forwarded-host': request.headers.host,
  };
  for (const name of HOP_BY_HOP) delete headers[name as keyof typeof headers];
  const upstream = httpRequest(
    {
      hostname: apiUrl.hostname,
      port: apiUrl.port,
      method: request.method,
      path: request.url?.slice('/api'.length),
      headers,
    },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  upstream.on('error', () => {
    if (response.headersSent) response.destroy();
    else {
      response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '1' });
      response.end(JSON.stringify({ code: 503, msg: 'The api does not answer.', error: 'API_UNAVAILABLE' }));
    }
  });
  response.on('close', () => upstream.destroy());
  request.pipe(upstream);
}
