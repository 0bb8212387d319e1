// What the preview shows is what happens: a shell passes the very body on, the program sends it, the frame is the gateway's.
import { execFileSync } from 'node:child_process';
import { encodeMessageFrame } from '@message-push/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PushBody } from './push-draft.ts';
import { curlOf, frameOf, nodeOf } from './push-preview.ts';

const hard = `it's "quoted" $HOME \`id\` \\ \n 中文 👍 </script>`;
const body: PushBody = {
  push_method: 1,
  platform: 'all',
  audience: { uids: [hard] },
  message: { title: hard, content: hard, extras: '{"a":"b"}' },
};

test('a shell hands curl the very body, and the secret from the environment', () => {
  const command = curlOf('http://h:1', 'demo', body).replace(/^curl/, 'show').replace('$(uuidgen)', 'key');
  const script = `show() { for word in "$@"; do printf '%s\\0' "$word"; done; }\n${command}`;
  const words = execFileSync('/bin/sh', ['-c', script], {
    env: { NODE_ENV: 'test', APP_SECRET: 's3cret' },
    encoding: 'utf8',
  }).split('\0');
  expect(words).toContain('demo:s3cret');
  expect(words).toContain('http://h:1/message-push/v1/push');
  expect(JSON.parse(words[words.indexOf('-d') + 1] ?? '')).toEqual(body);
});

test('the program sends the very body', () => {
  const source = nodeOf('http://h:1', 'demo', body);
  const literal = /body: JSON\.stringify\(([\s\S]*?)\),\n\}\);/.exec(source)?.[1] ?? '';
  expect(JSON.parse(literal)).toEqual(body);
  expect(source).not.toContain('s3cret');
});

test('the frame is the one that the gateway writes', () => {
  const text = fc.string({ unit: 'grapheme' });
  const optional = fc.option(text, { nil: undefined });
  fc.assert(
    fc.property(text, optional, optional, fc.boolean(), (content, title, extras, online) => {
      const message = { content, ...(title !== undefined && { title }), ...(extras !== undefined && { extras }) };
      const place = { message_id: '0'.repeat(32), c_time: 5, ...(!online && { seq: '0-1' }) };
      const inner = { app: 'a', message, ...place, seq: '0-1', online_only: online };
      // The encoder needs only these fields of a message on its way.
      const frame = encodeMessageFrame(inner as unknown as Parameters<typeof encodeMessageFrame>[0]);
      expect(frameOf(message, place)).toBe(new TextDecoder().decode(frame));
    }),
  );
});
