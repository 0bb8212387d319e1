// What to paste where: a new secret as environment variables, as a first call, as a token that a back end signs.

/** Stands for what is not shown. */
const DOT = '•';

/** The secret with its middle hidden: its prefix and last four characters tell it apart. As long as the secret, so that nothing moves. */
export function masked(secret: string): string {
  const prefix = /^ps_(live|test)_/.exec(secret)?.[0] ?? '';
  const end = prefix === '' ? '' : secret.slice(-4);
  return prefix + DOT.repeat(secret.length - prefix.length - end.length) + end;
}

export function envOf(app: string, secret: string): string {
  return `MESSAGE_PUSH_APP_ID=${app}\nMESSAGE_PUSH_APP_SECRET=${secret}\n`;
}

/** Checks a message without sending it, by the public API. */
export function curlOf(origin: string, app: string, secret: string): string {
  return [
    `curl -sS -X POST '${origin}/message-push/v1/push/validate'`,
    `  -u '${app}:${secret}'`,
    `  -H 'Content-Type: application/json'`,
    `  -d '{"push_method":1,"audience":{"uids":["57098049"]},"message":{"content":"Hello"}}'`,
  ].join(' \\\n');
}

export function keyEnvOf(app: string, secret: string): string {
  return `MESSAGE_PUSH_APP_ID=${app}\nMESSAGE_PUSH_SIGNING_KEY=${secret}\n`;
}

/** A token for a person, signed in Node.js without a library. */
export function jwtOf(): string {
  return `import { createHmac } from 'node:crypto';

const key = Buffer.from(process.env.MESSAGE_PUSH_SIGNING_KEY, 'base64url');
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** For "Authorization=Bearer pc:<token>"; lives for an hour. */
export function tokenFor(uid) {
  const now = Math.floor(Date.now() / 1000);
  const text = \`\${part({ alg: 'HS256', typ: 'JWT' })}.\${part({ sub: uid, iat: now, exp: now + 3600 })}\`;
  return \`\${text}.\${createHmac('sha256', key).update(text).digest('base64url')}\`;
}
`;
}

/** Bytes of a base64url text; undefined when it is none. */
export function base64urlBytes(text: string): number | undefined {
  const bare = text.replace(/=+$/, '');
  if (!/^[A-Za-z0-9_-]+$/.test(bare) || bare.length % 4 === 1) return undefined;
  return Math.floor((bare.length * 3) / 4);
}
