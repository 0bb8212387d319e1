// Hands calls of the browser on to an api, with the caller's address for its limits; another api is asked when one is away.
import { globalAgent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';

const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'proxy-authorization', 'te', 'trailer'];

/**
 * Streams `/api/*` through. What may be repeated is tried at each api once; the one that answered is asked first next time.
 * `apis` is never empty, and may change.
 */
export function createToApi(apis: URL[]): (request: IncomingMessage, response: ServerResponse) => void {
  let preferred = 0;
  return (request, response) => {
    const repeatable = request.method === 'GET' || request.method === 'HEAD';
    const from = preferred;
    const ask = (tries: number) => {
      const index = (from + tries) % apis.length;
      const api = apis[index];
      if (api === undefined) return refuse(response);
      const upstream = callOf(api, request, repeatable, (answer) => {
        preferred = index;
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      upstream.on('error', () => {
        if (response.headersSent) return void response.destroy();
        if (response.destroyed) return; // the browser has gone away
        // A connection that was kept may have ended meanwhile: that says nothing of the api.
        if (repeatable && upstream.reusedSocket) return ask(tries);
        preferred = (index + 1) % apis.length;
        if (repeatable && tries + 1 < apis.length) ask(tries + 1);
        else refuse(response);
      });
      response.on('close', () => upstream.destroy());
      if (repeatable) upstream.end();
      else request.pipe(upstream);
    };
    ask(0);
  };
}

/** What may not be repeated gets a connection of its own. */
function callOf(api: URL, request: IncomingMessage, isKept: boolean, onAnswer: (answer: IncomingMessage) => void) {
  const headers = {
    ...request.headers,
    'x-forwarded-for': request.socket.remoteAddress ?? '',
    'x-forwarded-host': request.headers.host,
  };
  for (const name of HOP_BY_HOP) delete headers[name as keyof typeof headers];
  const path = request.url?.slice('/api'.length);
  const { hostname, port } = api;
  const agent = isKept ? globalAgent : false;
  return httpRequest({ agent, hostname, port, method: request.method, path, headers }, onAnswer);
}

function refuse(response: ServerResponse): void {
  response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '1' });
  response.end(JSON.stringify({ code: 503, msg: 'The api does not answer.', error: 'API_UNAVAILABLE' }));
}
