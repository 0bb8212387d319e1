// npm run push -- --uid 1 --text hi: one push with the demo credential of the running platform.
import { createPushClient, PushError } from '@message-push/client';
import { readOptions, refuse } from './arguments.ts';
import { runningPlatform } from './running.ts';

const HELP = `npm run push -- --uid UID [--uid UID …] --text TEXT [--title TITLE] [--platform all|h5|android|ios] [--ttl SECONDS]
`;

const values = readOptions(
  {
    uid: { type: 'string', multiple: true },
    text: { type: 'string' },
    title: { type: 'string' },
    platform: { type: 'string', default: 'all' },
    ttl: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
  HELP,
);
if (values.help || !values.uid || !values.text) {
  (values.help ? process.stdout : process.stderr).write(HELP);
  process.exit(values.help ? 0 : 2);
}
if (values.ttl !== undefined && !/^\d+$/.test(values.ttl)) refuse(`--ttl ${values.ttl}: write whole seconds.`, HELP);

const run = runningPlatform();
if (!run.demo) {
  process.stderr.write('The demo credential was revoked.\n');
  process.exit(1);
}
const client = createPushClient({ baseUrl: run.api, appId: run.demo.app_id, appSecret: run.demo.app_secret });
try {
  const message = { content: values.text, ...(values.title ? { title: values.title } : {}) };
  const ttl = values.ttl === undefined ? {} : { ttl_s: Number(values.ttl) };
  const { message_id, accepted } = await client.push({ uids: values.uid, platform: values.platform, message, ...ttl });
  process.stdout.write(`accepted for ${accepted} ${accepted === 1 ? 'user' : 'users'}: ${message_id}\n`);
} catch (error) {
  if (!(error instanceof PushError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  process.exit(1);
}
