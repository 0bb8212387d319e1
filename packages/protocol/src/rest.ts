// Bodies, queries and answers of the public REST interface besides the push itself, as schemas that validate and document.
import {
  array,
  boolean,
  enum as choice,
  coerce,
  type infer as Infer,
  int,
  literal,
  nullish,
  object,
  optional,
  partialRecord,
  string,
  union,
  type ZodType,
} from 'zod';
import { PUSH_LIMITS } from './limits.ts';
import { list } from './lists.ts';
import { because } from './problems.ts';
import { uidSchema } from './push-request.ts';
import { DELIVERY_STATUSES, type DeliveryStatus } from './status.ts';
import { line, name } from './texts.ts';
import { momentOf } from './times.ts';

export const REST_LIMITS = {
  /** Lifetime of an access token in seconds. */
  tokenTtlMinS: 60,
  tokenTtlMaxS: 2_592_000,
  tokenTtlS: 86_400,
  tokenCharsMax: 4_096,
  cursorCharsMax: 512,
  sessionIdCharsMax: 64,
  /** Rows of a page. */
  pageMax: 200,
  page: 50,
} as const;

const uid = uidSchema().transform(String);
const deviceId = name(PUSH_LIMITS.deviceIdCharsMax);
const epochMs = (what: string) => int().min(0).describe(`${what}, epoch milliseconds.`);

/** A time in a query: epoch milliseconds or RFC 3339. */
const time = string()
  .refine((text) => momentOf(text) !== undefined, because('time'))
  .transform((text) => momentOf(text) ?? 0);
/** Delivery statuses in a query, joined by commas. */
const statuses = string()
  .refine((text) => statusesOf(text) !== undefined, because('statuses', { values: DELIVERY_STATUSES.join(', ') }))
  .transform((text) => statusesOf(text) ?? []);
const pageFields = {
  cursor: optional(line(REST_LIMITS.cursorCharsMax)).describe('Of the page before; absent for the first.'),
  limit: coerce.number().int().min(1).max(REST_LIMITS.pageMax).default(REST_LIMITS.page),
};

/** POST /tokens. `ttl_s` absent = a day. */
export const tokenRequestSchema = object({
  uid,
  platform: choice(['pc', 'mobile']),
  device_id: nullish(deviceId),
  ttl_s: nullish(int().min(REST_LIMITS.tokenTtlMinS).max(REST_LIMITS.tokenTtlMaxS)),
});
export type TokenRequest = Infer<typeof tokenRequestSchema>;

/** POST /tokens/revoke: one token, or all that a uid has been given so far. */
export const tokenRevokeSchema = object({
  uid: nullish(uid),
  token: nullish(name(REST_LIMITS.tokenCharsMax)),
}).refine((body) => body.uid != null || body.token != null, because('noTokenOrUid'));

/** POST /users/presence */
export const presenceRequestSchema = object({ uids: list(uid, 1, PUSH_LIMITS.uidsMax) });

/** POST /users/{uid}/disconnect: one session, or all. */
export const disconnectRequestSchema = object({ session_id: nullish(name(REST_LIMITS.sessionIdCharsMax)) });

/** The uid in a path. */
export const uidParamsSchema = object({ uid: name(PUSH_LIMITS.uidCharsMax) });

/** GET /pushes */
export const historyQuerySchema = object({
  uid: optional(name(PUSH_LIMITS.uidCharsMax)),
  from: optional(time).describe('Created at or after: epoch milliseconds or RFC 3339.'),
  to: optional(time).describe('Created before.'),
  status: optional(statuses).describe('With a delivery in one of these statuses, joined by commas.'),
  ...pageFields,
});
export type HistoryQuery = Infer<typeof historyQuerySchema>;

/** GET /pushes/{message_id}/deliveries */
export const deliveriesQuerySchema = object({
  uid: optional(name(PUSH_LIMITS.uidCharsMax)),
  status: optional(statuses),
  ...pageFields,
});
export type DeliveriesQuery = Infer<typeof deliveriesQuerySchema>;

const messageId = string().describe('32 hex digits.');
const status = choice(DELIVERY_STATUSES);

/** Answer of POST /push. */
export const acceptedSchema = object({
  message_id: messageId,
  accepted: int().describe('Distinct receivers.'),
  unknown_devices: array(string()),
});
export type AcceptedView = Infer<typeof acceptedSchema>;

const problemSchema = object({ path: string(), problem: string() });

/** One row of the answer of POST /push/batch. */
export const batchRowSchema = union([
  acceptedSchema.extend({ code: literal(1), msg: literal('OK') }),
  object({
    code: int(),
    msg: string(),
    error: string(),
    details: array(problemSchema),
    message_id: optional(messageId),
  }),
]);

/** Answer of POST /push/validate. */
export const validationSchema = object({
  accepted: int().describe('Distinct receivers.'),
  online: array(string()).describe('Those with a session now.'),
  unknown_devices: array(string()),
});

export const tokenSchema = object({ token: string(), expires_at: epochMs('End of its life') });
export const presenceSchema = object({ uid: string(), online: boolean() });
export const disconnectedSchema = object({ sessions: int().describe('Sessions that were closed.') });
export type DisconnectedView = Infer<typeof disconnectedSchema>;

/** A session as GET /users/{uid}/sessions lists it. */
export const sessionSchema = object({
  session_id: string(),
  gateway: string(),
  node: string(),
  platform: string(),
  device_id: optional(string()),
  since: epochMs('LOGIN'),
});

/** A push in the history, with the names of the original's record. */
export const pushRecordSchema = object({
  message_id: messageId,
  app_key: string().describe('The app id.'),
  platform: string().describe('all, or platforms joined by a comma.'),
  message: object({
    title: optional(string()),
    content: string(),
    content_type: optional(string()),
    extras: optional(string()),
  }),
  c_time: epochMs('Creation time'),
  ttl_s: int(),
  accepted: int().describe('Distinct receivers.'),
  counts: partialRecord(status, int()).describe('Deliveries per status; statuses without any are left out.'),
});
export type PushRecordView = Infer<typeof pushRecordSchema>;

/** One message to one uid, with the time of each hop it has reached. */
export const deliverySchema = object({
  message_id: messageId,
  uid: string(),
  status,
  queued_at: optional(epochMs('Stored on the bus')),
  offline_at: optional(epochMs('Found nobody bound')),
  routed_at: optional(epochMs('Reached a node with a session')),
  written_at: optional(
    epochMs('Written to a socket; of a client that acknowledges told together with its acknowledgement'),
  ),
  acked_at: optional(epochMs('Acknowledged')),
  evicted_at: optional(
    epochMs(
      'Left before its time: pushed out of a full inbox, or late. Beside a status of written or acked: a device that still waited for it has not got it',
    ),
  ),
  recalled_at: optional(epochMs('Recalled')),
  dead_at: optional(epochMs('Put to the dead letters')),
  expires_at: optional(epochMs('End of its time-to-live')),
  platform: optional(string()),
  node: optional(string()),
  gateway: optional(string()),
  session_id: optional(string()),
  reason: optional(string()).describe('Why it ended where it ended.'),
});
export type DeliveryView = Infer<typeof deliverySchema>;

/** What became of a recall. */
export const recallSchema = object({
  message_id: messageId,
  recalled: int().describe('Receivers it was taken back from, by this call or an earlier one.'),
  written: int().describe('Receivers it had been written to already.'),
});
export type RecallView = Infer<typeof recallSchema>;

/** What an erased user had. */
export const erasedSchema = object({
  uid: string(),
  sessions: int().describe('Sessions that were closed.'),
  deliveries: int().describe('Records that were removed from the history.'),
});
export type ErasedView = Infer<typeof erasedSchema>;

/** `{"code":1,"msg":"OK","data":[…]}` with rows of this kind. */
export function successSchema<S extends ZodType>(row: S) {
  return object({ code: literal(1), msg: literal('OK'), data: array(row) });
}

/** A success whose list goes on when `cursor` is there. */
export function pageSchema<S extends ZodType>(row: S) {
  return successSchema(row).extend({ cursor: optional(string()) });
}

/** Every refusal. `code` is the HTTP status, `error` the stable code of the error table. */
export const failureSchema = object({
  code: int(),
  msg: string(),
  error: string(),
  request_id: string(),
  details: array(problemSchema),
});

function statusesOf(text: string): DeliveryStatus[] | undefined {
  // The bound keeps a long text from being split; more repeats itself.
  if (text.length > 256) return undefined;
  const found = new Set<DeliveryStatus>();
  for (const part of text.split(',')) {
    const known = DELIVERY_STATUSES.find((name) => name === part.trim().toLowerCase());
    if (known === undefined) return undefined;
    found.add(known);
  }
  return [...found];
}
