// GET /admin/v1/stream: server-sent events for the console; one stream per tab. Ids are opaque, a resumed stream goes on behind Last-Event-ID.
import { array, type infer as Infer, int, number, object, optional, string } from 'zod';
import { line } from '../texts.ts';
import { deliveryRowSchema } from './messages.ts';

export const streamQuerySchema = object({ topics: line(100).default(''), message: optional(line(32)) });

export const ratesEventSchema = object({
  at: int(),
  pushes_per_s: number(),
  deliveries_per_s: number(),
  users_online: int(),
  sessions: int(),
});
export type RatesEvent = Infer<typeof ratesEventSchema>;

/** Never with title or content: a page that shows them asks for the message. */
export const pushesEventSchema = object({
  items: array(object({ message_id: string(), app: string(), c_time: int(), accepted: int() })),
  /** Further ones that are not listed. */
  more: int(),
});
export type PushesEvent = Infer<typeof pushesEventSchema>;

/** Facts about deliveries of the watched message; merge them by uid, the earliest time of each hop counts. */
export const receiptsEventSchema = object({
  message_id: string(),
  items: array(deliveryRowSchema.partial().required({ uid: true })),
});
export type ReceiptsEvent = Infer<typeof receiptsEventSchema>;

export const ringEventSchema = object({ version: int(), at: int(), cause: string() });
export type RingEvent = Infer<typeof ringEventSchema>;

export const auditEventSchema = object({ actor: string(), action: string(), target: string(), at: int() });
export type AuditEvent = Infer<typeof auditEventSchema>;

/** event name → data. `gap`: what came between cannot be told any more, read everything again. Comments keep the stream alive every 15 s. */
export interface StreamEvents {
  health: import('./health.ts').HealthReport;
  rates: RatesEvent;
  ring: RingEvent;
  pushes: PushesEvent;
  receipts: ReceiptsEvent;
  audit: AuditEvent;
  gap: Record<string, never>;
}
