// Program of the kill tests: starts an embedded database in DIR (files from TEMPLATES), migrates it from MIGRATIONS, then
// writes until it is killed. Each line on standard output is a step that was reached or an id that was acknowledged.
import { createLog } from '@message-push/runtime';
import pg from 'pg';
import { openEmbedded } from './embedded.ts';
import { migrate } from './migrate.ts';

const [dir = '', templates = '', migrations = ''] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);

say('starting');
const { socketDir } = await openEmbedded(dir, createLog('test', 'silent'), { templates });
const pool = new pg.Pool({ host: socketDir, port: 5432, user: 'postgres', database: 'postgres', max: 1 });
say('open');
await migrate(pool, migrations);
say('migrated');
for (let id = 1; ; id++) {
  await pool.query('INSERT INTO written (text) VALUES ($1)', [String(id).repeat(500)]);
  say(String(id));
}
