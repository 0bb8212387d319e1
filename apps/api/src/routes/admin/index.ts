// /admin/v1: what the console asks for. Every route below is guarded by the right that it names.
import cookie from '@fastify/cookie';
import type { State } from '@message-push/state';
import { AppPushes } from '../../app-pushes.ts';
import type { Health } from '../../health.ts';
import type { Server } from '../../http.ts';
import type { Live } from '../../live/live.ts';
import { type AppRoutesDeps, appRoutes } from './apps.ts';
import { type AuditRoutesDeps, auditRoutes } from './audit.ts';
import { credentialRoutes } from './credentials.ts';
import { type DeadLetterRoutesDeps, deadLetterRoutes } from './dead-letters.ts';
import { type FigureRoutesDeps, figureRoutes } from './figures.ts';
import { guard } from './guard.ts';
import { healthRoutes } from './health.ts';
import { type MessageRoutesDeps, messageRoutes } from './messages.ts';
import { type NodeRoutesDeps, nodeRoutes } from './nodes.ts';
import { type OperatorRoutesDeps, operatorRoutes } from './operators.ts';
import { type PlaygroundRoutesDeps, playgroundRoutes } from './playground.ts';
import { PrivateApps } from './private-apps.ts';
import { ringRoutes } from './ring.ts';
import { type SendingRoutesDeps, sendingRoutes } from './sending.ts';
import { type SessionRoutesDeps, sessionRoutes } from './session.ts';
import { type SetupRoutesDeps, setupRoutes } from './setup.ts';
import { streamRoutes } from './stream.ts';
import { type UserRoutesDeps, userRoutes } from './users.ts';

/** What is made here of the rest. */
type Made = 'privateApps' | 'appPushes';

export interface AdminRoutesDeps
  extends SessionRoutesDeps,
    Omit<
      AppRoutesDeps &
        AuditRoutesDeps &
        OperatorRoutesDeps &
        DeadLetterRoutesDeps &
        PlaygroundRoutesDeps &
        SetupRoutesDeps &
        MessageRoutesDeps &
        FigureRoutesDeps &
        SendingRoutesDeps &
        NodeRoutesDeps &
        UserRoutesDeps,
      Made | keyof SessionRoutesDeps
    > {
  health: Health;
  live: Live;
  state: State;
}

export function adminRoutes(app: Server, given: AdminRoutesDeps): void {
  const deps = {
    ...given,
    privateApps: new PrivateApps(given),
    appPushes: new AppPushes(given),
  };
  app.register(cookie);
  guard(app, deps);
  sessionRoutes(app, deps);
  healthRoutes(app, deps);
  appRoutes(app, deps);
  credentialRoutes(app, deps);
  operatorRoutes(app, deps);
  auditRoutes(app, deps);
  deadLetterRoutes(app, deps);
  playgroundRoutes(app, deps);
  setupRoutes(app, deps);
  messageRoutes(app, deps);
  figureRoutes(app, deps);
  sendingRoutes(app, deps);
  ringRoutes(app, deps);
  nodeRoutes(app, deps);
  userRoutes(app, deps);
  streamRoutes(app, deps);
}
