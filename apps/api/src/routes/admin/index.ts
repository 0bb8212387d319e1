// /admin/v1: what the console asks for. Every route below is guarded by the right that it names.
import cookie from '@fastify/cookie';
import type { Health } from '../../health.ts';
import type { Server } from '../../http.ts';
import { guard } from './guard.ts';
import { healthRoutes } from './health.ts';
import { type SessionRoutesDeps, sessionRoutes } from './session.ts';

export interface AdminRoutesDeps extends SessionRoutesDeps {
  health: Health;
}

export function adminRoutes(app: Server, deps: AdminRoutesDeps): void {
  app.register(cookie);
  guard(app, deps);
  sessionRoutes(app, deps);
  healthRoutes(app, deps);
}
