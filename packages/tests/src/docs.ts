// Writes the configuration tables of both READMEs and .env.example from the fields in the code; with --check only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { apiFields } from '@message-push/api';
import { archiveFields } from '@message-push/archive';
import { busFields } from '@message-push/bus';
import { consumerFields } from '@message-push/consumer';
import { databaseFields } from '@message-push/database';
import { gatewayFields } from '@message-push/gateway';
import { nodeFields } from '@message-push/node';
import { registryFields } from '@message-push/registry';
import { type Field, type Fields, processFields } from '@message-push/runtime';
import { standaloneFields } from '@message-push/standalone';
import { stateFields } from '@message-push/state';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

const groups: [string, Fields][] = [
  ['npm start', standaloneFields],
  ['a process', processFields],
  ['api', apiFields],
  ['gateway', gatewayFields],
  ['node', nodeFields],
  ['consumer', consumerFields],
  ['bus', busFields],
  ['registry', registryFields],
  ['state', stateFields],
  ['archive', archiveFields],
  ['database', databaseFields],
];

/** Default of a setting as text; empty when it has none. */
function defaultOf({ schema, secret }: Field): string {
  const parsed = schema.safeParse(undefined);
  if (!parsed.success || parsed.data === undefined || parsed.data === null || secret) return '';
  return Array.isArray(parsed.data) ? parsed.data.join(',') : String(parsed.data);
}

interface Setting {
  field: Field;
  parts: string[];
  /** Default → the parts that have it. */
  defaults: Map<string, string[]>;
}

/** Every variable once, with the parts that read it. */
function settings(): Setting[] {
  const byName = new Map<string, Setting>();
  for (const [part, fields] of groups) {
    for (const field of Object.values(fields)) {
      const known: Setting = byName.get(field.env) ?? { field, parts: [], defaults: new Map() };
      byName.set(field.env, known);
      known.parts.push(part);
      const fallback = defaultOf(field);
      known.defaults.set(fallback, [...(known.defaults.get(fallback) ?? []), part]);
    }
  }
  return [...byName.values()];
}

/** The default, or each with whose it is. */
function defaultsOf({ defaults }: Setting, mark: (text: string) => string): string {
  const all = [...defaults];
  if (all.length === 1) return mark(all[0]?.[0] ?? '');
  return all.map(([text, parts]) => `${mark(text) || 'none'} (${parts.join(', ')})`).join(', ');
}

function table(headings: string[]): string {
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const mark = (text: string) => (text === '' ? '' : `\`${cell(text)}\``);
  const rows = settings().map((setting) => {
    const { field, parts } = setting;
    return `| \`${field.env}\` | ${defaultsOf(setting, mark)} | ${field.unit ?? ''} | ${parts.join(', ')} | ${cell(field.doc)} |`;
  });
  return [`| ${headings.join(' | ')} |`, '|---|---|---|---|---|', ...rows].join('\n');
}

function envExample(): string {
  const lines = settings().map((setting) => {
    const { field, parts } = setting;
    const unit = field.unit ? ` (${field.unit})` : '';
    return `# ${field.doc}${unit} [${parts.join(', ')}]\n# ${field.env}=${defaultsOf(setting, (text) => text)}\n`;
  });
  return `# Every setting with its default. Copy what you change to the environment of the process.\n\n${lines.join('\n')}`;
}

function withTable(text: string, headings: string[]): string {
  const marked = /(<!-- configuration -->\n)[\s\S]*(\n<!-- \/configuration -->)/;
  if (!marked.test(text)) throw new Error('the README has no place for the configuration table');
  return text.replace(marked, (_whole, before, after) => `${before}${table(headings)}${after}`);
}

const wanted: [string, (text: string) => string][] = [
  ['README.md', (text) => withTable(text, ['variable', 'default', 'unit', 'read by', 'meaning'])],
  ['README.zh-CN.md', (text) => withTable(text, ['变量', '默认值', '单位', '使用者', '含义'])],
  ['.env.example', () => envExample()],
];

const stale: string[] = [];
for (const [name, make] of wanted) {
  const file = join(root, name);
  let present = '';
  try {
    present = readFileSync(file, 'utf8');
  } catch {
    // written below
  }
  const text = make(present);
  if (text === present) continue;
  if (process.argv.includes('--check')) stale.push(name);
  else writeFileSync(file, text);
}
if (stale.length > 0) {
  console.error(`Out of date: ${stale.join(', ')}. Run: npm run docs`);
  process.exit(1);
}
