// /admin/v1/health: is the platform well.
import { successSchema } from '@message-push/protocol';
import { healthReportSchema } from '@message-push/protocol/admin';
import { success } from '../../answers.ts';
import type { Health } from '../../health.ts';
import type { Server } from '../../http.ts';
import { documented } from '../documented.ts';
import { ADMIN } from './session.ts';

export function healthRoutes(app: Server, { health }: { health: Health }): void {
  app.route({
    method: 'GET',
    url: `${ADMIN}/health`,
    schema: documented({
      tag: 'admin',
      summary: 'The health of the platform',
      right: 'read',
      answer: successSchema(healthReportSchema),
    }),
    handler: async () => success(await health.report()),
  });
}
