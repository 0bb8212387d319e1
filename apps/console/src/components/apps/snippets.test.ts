// What is shown of a secret before "Show" was pressed holds nothing of its middle, and what is copied works.
import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { base64urlBytes, curlOf, envOf, jwtOf, masked } from './snippets.ts';

const SECRET = 'ps_live_00P7TMJAMtIAKPK15KMeONVl8lPkp3Q5J7OZtDH3YNd3aH4pW';

test('a masked secret shows its prefix and last four characters alone; another text nothing', () => {
  expect(masked(SECRET)).toMatch(/^ps_live_•{45}H4pW$/);
  expect(masked('c2VjcmV0LXNpZ25pbmcta2V5')).toMatch(/^•{24}$/);
});

test('the snippets hold AppID and secret', () => {
  expect(envOf('shop', SECRET)).toBe(`MESSAGE_PUSH_APP_ID=shop\nMESSAGE_PUSH_APP_SECRET=${SECRET}\n`);
  expect(curlOf('https://push.example', 'shop', SECRET)).toContain(`-u 'shop:${SECRET}'`);
});

test('the snippet that signs a token makes one that verifies', async () => {
  const key = Buffer.alloc(32, 7);
  const code = jwtOf().replace('process.env.MESSAGE_PUSH_SIGNING_KEY', JSON.stringify(key.toString('base64url')));
  const { tokenFor } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  const [head, body, signature] = tokenFor('57098049').split('.');
  expect(createHmac('sha256', key).update(`${head}.${body}`).digest('base64url')).toBe(signature);
  expect(JSON.parse(Buffer.from(body, 'base64url').toString())).toMatchObject({ sub: '57098049' });
});

test('the length of a key is known before it is sent', () => {
  for (const bytes of [1, 2, 3, 16, 32, 512]) {
    expect(base64urlBytes(Buffer.alloc(bytes, 9).toString('base64url'))).toBe(bytes);
    expect(base64urlBytes(Buffer.alloc(bytes, 255).toString('base64url'))).toBe(bytes);
  }
  for (const text of ['', 'a', 'a b', 'ab+/', 'abcde', '好']) expect(base64urlBytes(text)).toBeUndefined();
  expect(base64urlBytes('AAA=')).toBe(2);
});
