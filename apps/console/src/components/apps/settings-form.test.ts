// The form sends what was changed and nothing else, and what it lets through the api's contract lets through.
import { type AppView, appChangeSchema } from '@message-push/protocol/admin';
import { expect, test } from 'vitest';
import {
  changedFields,
  changeOf,
  draftOf,
  type Edits,
  itemsOf,
  problemsOf,
  toldProblems,
  ttlDraft,
} from './settings-form.ts';

const APP: AppView = {
  id: 'shop',
  name: 'Shop',
  aliases: ['old-shop', 'a'],
  state: 'live',
  settings: {
    token_kinds: ['access', 'jwt'],
    origins: ['https://shop.example'],
    address_allow_list: [],
    requests_per_second: 1_000,
    deliveries_per_second: 100_000,
    default_ttl_s: 86_400,
    history_retention_days: 30,
    private_bodies: false,
  },
  created_at: 0,
  credentials: [],
};

test('what was typed and taken back, or only written otherwise, is no change', () => {
  expect(changedFields(APP, {})).toEqual([]);
  expect(changedFields(APP, draftOf(APP))).toEqual([]);
  const edits: Edits = {
    name: ' Shop ',
    aliases: 'a\n\nold-shop\na',
    token_kinds: ['jwt', 'access'],
    requests_per_second: '1,000',
    default_ttl_s: { amount: '24', unit: 'hours' },
    passport_url: '  ',
  };
  expect(changedFields(APP, edits)).toEqual([]);
  expect(changeOf(APP, edits)).toEqual({});
});

test('a change names what was changed alone; an emptied address is removed', () => {
  const stored = { ...APP, settings: { ...APP.settings, passport_url: 'https://id.example' } };
  const edits: Edits = { name: 'New', passport_url: '', default_ttl_s: { amount: '2', unit: 'days' } };
  expect(changedFields(stored, edits)).toEqual(['name', 'passport_url', 'default_ttl_s']);
  expect(changeOf(stored, edits)).toEqual({ name: 'New', settings: { passport_url: null, default_ttl_s: 172_800 } });
});

test.each<[string, Edits, object]>([
  ['no name', { name: ' ' }, { name: { code: 'required' } }],
  ['a long name', { name: '🚚'.repeat(101) }, { name: { code: 'tooLong', max: 100 } }],
  [
    'a long alias',
    { aliases: `a\n${'x'.repeat(65)}` },
    { aliases: { code: 'badAlias', item: 'x'.repeat(65), line: 2 } },
  ],
  ['no token kind', { token_kinds: [] }, { token_kinds: { code: 'noKind' } }],
  ['passports from nowhere', { token_kinds: ['passport'] }, { token_kinds: { code: 'passportNeedsUrl' } }],
  ['no web address', { passport_url: 'ftp://x' }, { passport_url: { code: 'badUrl' } }],
  [
    'an origin with a path',
    { origins: 'https://a.example/' },
    { origins: { code: 'badOrigin', item: 'https://a.example/', line: 1 } },
  ],
  [
    'an origin without scheme',
    { origins: 'https://b.example\na.example' },
    { origins: { code: 'badOrigin', item: 'a.example', line: 2 } },
  ],
  [
    'a range too long',
    { address_allow_list: '10.0.0.0/33' },
    { address_allow_list: { code: 'badAddress', item: '10.0.0.0/33', line: 1 } },
  ],
  [
    '51 origins',
    { origins: Array.from({ length: 51 }, (_, i) => `https://${i}.example`).join('\n') },
    { origins: { code: 'tooManyItems', max: 50 } },
  ],
  ['no number', { requests_per_second: 'many' }, { requests_per_second: { code: 'notWhole', max: 100_000 } }],
  ['nothing', { deliveries_per_second: '' }, { deliveries_per_second: { code: 'notWhole', max: 10_000_000 } }],
  [
    'half a day of retention',
    { history_retention_days: '0.5' },
    { history_retention_days: { code: 'notWhole', max: 365 } },
  ],
  ['no retention', { history_retention_days: '0' }, { history_retention_days: { code: 'range', min: 1, max: 365 } }],
  [
    '31 days to live',
    { default_ttl_s: { amount: '31', unit: 'days' } },
    { default_ttl_s: { code: 'range', min: 0, max: 2_592_000 } },
  ],
])('%s is told before the api is asked', (_, edits, problems) => {
  expect(problemsOf(APP, edits)).toEqual(problems);
});

test.each<[string, Edits]>([
  [
    'all at their bounds',
    {
      name: '好'.repeat(100),
      requests_per_second: '100000',
      default_ttl_s: { amount: '30', unit: 'days' },
      history_retention_days: '365',
    },
  ],
  ['online only', { default_ttl_s: { amount: '0', unit: 'hours' } }],
  [
    'lists',
    {
      aliases: 'x, y',
      origins: '*\nhttp://localhost:3000\ncapacitor://localhost',
      address_allow_list: '10.0.0.0/8\n::1\n2001:db8::/32\n::ffff:10.1.2.3',
    },
  ],
  ['a passport', { token_kinds: ['passport'], passport_url: 'http://id.internal:8080/check?x=1' }],
])('what has no problem passes the contract: %s', (_, edits) => {
  expect(problemsOf(APP, edits)).toEqual({});
  expect(appChangeSchema.safeParse(changeOf(APP, edits)).success).toBe(true);
});

test('findings of the api are put beside their field, others are kept', () => {
  const details = [
    { path: 'settings.origins[2]', problem: 'is bad' },
    { path: 'settings.origins[3]', problem: 'is bad too' },
    { path: 'aliases[0]', problem: 'is taken already' },
    { path: 'settings.unknown', problem: 'is unknown' },
    { path: '', problem: 'must be a JSON object' },
  ];
  const told = toldProblems({ code: 'INVALID_BODY', details });
  expect(told.fields).toEqual({
    origins: { code: 'told', text: 'Is bad' },
    aliases: { code: 'told', text: 'Is taken already' },
  });
  expect(toldProblems({ code: 'TAKEN', details }).fields.aliases).toEqual({ code: 'taken' });
  expect(told.other).toEqual(['settings.unknown is unknown', 'must be a JSON object']);
});

test('times and lists are shown as people write them', () => {
  expect(ttlDraft(0)).toEqual({ amount: '0', unit: 'seconds' });
  expect(ttlDraft(90)).toEqual({ amount: '90', unit: 'seconds' });
  expect(ttlDraft(5_400)).toEqual({ amount: '90', unit: 'minutes' });
  expect(ttlDraft(604_800)).toEqual({ amount: '7', unit: 'days' });
  expect(itemsOf(' a \n\nb,a,')).toEqual(['a', 'b']);
});
