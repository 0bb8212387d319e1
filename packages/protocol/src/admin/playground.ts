// The test client: a short-lived token for a receiver of one's own choice.
import { array, enum as choice, type infer as Infer, int, object, string } from 'zod';
import { uidSchema } from '../push-request.ts';
import { name } from '../texts.ts';

/** POST /admin/v1/playground/token; audited. */
export const playgroundTokenSchema = object({
  app: name(64),
  uid: uidSchema().transform(String),
  platform: choice(['pc', 'mobile']).default('pc'),
});
export const playgroundAccessSchema = object({
  token: string(),
  expires_at: int(),
  /** WebSocket addresses of gateways, as clients reach them; the form lets people write another. */
  gateways: array(string()),
});
export type PlaygroundAccess = Infer<typeof playgroundAccessSchema>;
