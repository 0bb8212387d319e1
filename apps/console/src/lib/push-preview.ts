// How a message looks on its way: the call that sends it, in cURL and Node.js, and the frame that a client receives.
import type { PushBody } from './push-draft.ts';

/** For a shell: the secret comes from `$APP_SECRET`, and no character of a message ends its quotes. */
export function curlOf(origin: string, app: string, body: PushBody): string {
  return [
    `curl -sS -X POST '${origin}/message-push/v1/push'`,
    `  -u ${inShell(`${app}:`)}"$APP_SECRET"`,
    `  -H 'Content-Type: application/json'`,
    `  -H "Idempotency-Key: $(uuidgen)"`,
    `  -d ${inShell(JSON.stringify(body, null, 2))}`,
  ].join(' \\\n');
}

/** For Node.js 18 and later and for other servers that have fetch. */
export function nodeOf(origin: string, app: string, body: PushBody): string {
  return `import { randomUUID } from 'node:crypto';

const response = await fetch(${JSON.stringify(`${origin}/message-push/v1/push`)}, {
  method: 'POST',
  headers: {
    'Authorization': 'Basic ' + Buffer.from(${JSON.stringify(`${app}:`)} + process.env.APP_SECRET).toString('base64'),
    'Content-Type': 'application/json',
    'Idempotency-Key': randomUUID(),
  },
  body: JSON.stringify(${JSON.stringify(body, null, 2).replaceAll('\n', '\n  ')}),
});
const { code, data } = await response.json();
console.log(code, data[0].message_id);
`;
}

/** The frame as the gateway writes it; id, sequence and time are those of an example until it is sent. */
export function frameOf(
  message: PushBody['message'],
  { message_id, seq, c_time }: { message_id: string; seq?: string; c_time: number },
): string {
  const { title, content, content_type, extras } = message;
  return JSON.stringify({
    cmd: 'RESPONSE',
    type: 'MESSAGE',
    data: { title, content, content_type, extras, message_id, seq, c_time },
  });
}

/** One word of a POSIX shell. */
function inShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
