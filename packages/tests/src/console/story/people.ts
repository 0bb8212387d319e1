// Operators, apps, audit and dead letters of the pictures, by the contracts of the console.
import type {
  AppView,
  AuditRow,
  CredentialView,
  DeadLetterView,
  OperatorRow,
  OperatorSessionView,
  SessionRow,
  UserView,
} from '@message-push/protocol/admin';
import { NOW } from './time.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export const session: OperatorSessionView = {
  operator: { id: 'op1', email: 'admin@example.com', name: '管理员', role: 'admin', must_change_password: false },
  last_sign_in: { at: NOW - 19 * HOUR, ip: '10.8.0.14' },
};

const use = (perMinute: number, ips: string[]): CredentialView['use'] => ({
  per_minute: Array.from({ length: 60 }, (_, i) => (perMinute === 0 ? 0 : perMinute + ((i * 13) % 9))),
  addresses: ips.map((ip, i) => ({ ip, count: 4_000 >> i, last_at: NOW - (i + 1) * 2_000 })),
});
const credential = (id: string, change: Partial<CredentialView> = {}): CredentialView => ({
  id,
  app: 'demo',
  hint: 'a1B2',
  state: 'live',
  created_at: NOW - 12 * DAY,
  expires_at: null,
  revoked_at: null,
  last_used_at: NOW - 2_000,
  use: use(42, ['10.8.0.21', '10.8.0.22']),
  ...change,
});

const settings: AppView['settings'] = {
  token_kinds: ['access', 'jwt'],
  origins: ['https://shop.example.com'],
  address_allow_list: ['10.8.0.0/16'],
  requests_per_second: 1_000,
  deliveries_per_second: 100_000,
  default_ttl_s: 86_400,
  history_retention_days: 30,
  private_bodies: false,
};

export const apps: AppView[] = [
  {
    id: 'demo',
    name: '商城消息',
    aliases: ['mall', 'shop-legacy'],
    state: 'live',
    settings,
    created_at: NOW - 40 * DAY,
    created_by: 'admin@example.com',
    credentials: [
      credential('c2'),
      credential('c1', {
        hint: '9xQz',
        state: 'grace',
        expires_at: NOW + 20 * HOUR,
        use: use(0, []),
        last_used_at: NOW - 3 * HOUR,
      }),
      credential('c0', {
        hint: '0k3f',
        state: 'revoked',
        revoked_at: NOW - 9 * DAY,
        use: use(0, []),
        last_used_at: NOW - 9 * DAY,
      }),
    ],
    pushes_24h: Array.from({ length: 24 }, (_, i) => 400 + ((i * 97) % 310)),
  },
  {
    id: 'billing',
    name: `<b>${'B'.repeat(60)}</b>`,
    aliases: [],
    state: 'disabled',
    settings: { ...settings, private_bodies: true, passport_url: 'https://passport.example.com/check' },
    created_at: NOW - 3 * DAY,
    created_by: 'owner@example.com',
    credentials: [],
    pushes_24h: Array.from({ length: 24 }, () => 0),
  },
];

export const operators: OperatorRow[] = [
  { ...session.operator, disabled: false, created_at: NOW - 40 * DAY, last_seen_at: NOW - 4_000, apps: [] },
  operator('op2', 'on-call@example.com', 'On call', 'operator', NOW - 2 * HOUR),
  operator('op3', 'owner@example.com', '商城负责人', 'owner', NOW - DAY, ['demo']),
  { ...operator('op4', 'left@example.com', 'Has left', 'viewer'), disabled: true },
];

function operator(
  id: string,
  email: string,
  name: string,
  role: OperatorRow['role'],
  seen?: number,
  granted: string[] = [],
): OperatorRow {
  const known = seen === undefined ? {} : { last_seen_at: seen };
  return {
    id,
    email,
    name,
    role,
    must_change_password: false,
    disabled: false,
    created_at: NOW - 9 * DAY,
    ...known,
    apps: granted,
  };
}

export const sessions: SessionRow[] = [
  {
    id: 's1',
    created_at: NOW - HOUR,
    last_seen_at: NOW - 1_000,
    ip: '10.8.0.14',
    agent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
    current: true,
  },
  {
    id: 's2',
    created_at: NOW - 5 * DAY,
    last_seen_at: NOW - 7 * HOUR,
    ip: '203.0.113.7',
    agent:
      'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile Safari/604.1',
    current: false,
  },
];

export const audit: AuditRow[] = [
  row(5, 'credential.rotate', 'app demo', { live: ['9xQz'] }, { live: ['a1B2'], grace: ['9xQz'] }, 3),
  row(4, 'node.drain', 'node 192.168.105.16:7100', { state: 'up' }, { state: 'draining' }, 64),
  row(3, 'app.change', 'app billing', { private_bodies: false }, { private_bodies: true }, 190),
  row(2, 'operator.create', 'on-call@example.com', null, { role: 'operator' }, 2_900),
  row(1, 'message.recall', 'message 01a208bf…', null, { recalled: 3 }, 3_100),
];

function row(n: number, action: string, target: string, before: unknown, after: unknown, minutes: number): AuditRow {
  return {
    id: String(n),
    at: NOW - minutes * 60_000,
    actor: 'admin@example.com',
    action,
    target,
    before,
    after,
    ip: '10.8.0.14',
  };
}

export const deadLetters: DeadLetterView[] = [
  {
    id: '3-40117',
    at: NOW - 12 * 60_000,
    reason: 'the inbox refuses it: the entry is larger than an inbox',
    partition: 3,
    offset: 40_117,
    push: {
      message_id: `01a208bf${'7'.padStart(24, '0')}`,
      app: 'billing',
      uids: ['57098049', '57098056'],
      title: '验证码',
      content: '您的验证码是 482913',
    },
    replayable: true,
  },
  {
    id: '5-1002',
    at: NOW - 3 * HOUR,
    reason: 'the push cannot be read: envelope is not JSON',
    partition: 5,
    offset: 1_002,
    raw: 'AAECAwQFBgcICQoLDA0ODw==',
    replayable: false,
  },
];

export const user: UserView = {
  app: 'demo',
  uid: '57098049',
  online: true,
  ring: { version: 12, hash: 2_118_400_719, point: 2_119_032_001, node: '192.168.105.13:7100' },
  sessions: [
    {
      session_id: '9f2c1d0e4b7a4a41',
      gateway: 'gateway-1',
      node: '192.168.105.13:7100',
      platform: 'h5',
      since: NOW - 2 * HOUR,
    },
    {
      session_id: '0b7711c0aa9d4c02',
      gateway: 'gateway-2',
      node: '192.168.105.13:7100',
      platform: 'ios',
      device_id: 'iphone-17-of-li',
      since: NOW - 9 * 60_000,
    },
  ],
};
