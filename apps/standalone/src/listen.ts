// npm run listen -- --uid 1: logs in as a user of the demo app and prints what arrives, until Ctrl-C.
import { connect, createPushClient } from '@message-push/client';
import { readOptions } from './arguments.ts';
import { findPlatform, runningPlatform } from './running.ts';

const HELP = 'npm run listen -- --uid UID [--platform h5|android|ios] [--device NAME]\n';

const values = readOptions(
  {
    uid: { type: 'string' },
    platform: { type: 'string', default: 'h5' },
    device: { type: 'string', default: 'terminal' },
    help: { type: 'boolean', short: 'h' },
  },
  HELP,
);
if (values.help || !values.uid) {
  (values.help ? process.stdout : process.stderr).write(HELP);
  process.exit(values.help ? 0 : 2);
}
const uid = values.uid;

let run = runningPlatform();
const { demo } = run;
if (!demo) {
  process.stderr.write('The demo credential was revoked.\n');
  process.exit(1);
}
const say = (line: string) => process.stdout.write(`${line}\n`);

const connection = connect({
  url: () => run.gateways[Math.floor(Math.random() * run.gateways.length)] ?? '',
  appId: demo.app_id,
  uid,
  token: async () => {
    run = findPlatform() ?? run;
    const backEnd = createPushClient({ baseUrl: run.api, appId: demo.app_id, appSecret: demo.app_secret });
    return (await backEnd.token({ uid, platform: 'pc' })).token;
  },
  platform: values.platform,
  // Named for the user: one device belongs to one person.
  deviceId: `${values.device}-${uid}`,
  onMessage({ title, content, c_time }) {
    const age = c_time === undefined ? '' : `  (${Date.now() - c_time} ms)`;
    say(`${new Date().toLocaleTimeString()}  ${title ? `${title}: ` : ''}${content}${age}`);
  },
});
connection.on('login', ({ sessionId }) =>
  say(`listening as user ${uid}${sessionId ? ` (session ${sessionId})` : ''}; Ctrl-C ends`),
);
connection.on('state', ({ state, retryInMs }) => {
  if (state === 'waiting') say(`connection lost; next try in ${((retryInMs ?? 0) / 1000).toFixed(1)} s`);
});
connection.on('error', ({ error }) => say(error instanceof Error ? error.message : String(error)));
connection.on('refused', ({ code, reason }) => {
  say(`refused (${code}): ${reason}`);
  process.exit(1);
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    connection.close();
    process.exit(0);
  });
}
