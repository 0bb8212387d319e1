// For tests: a port before a node that knows each gateway by its secret, so that the wire to one of them can be cut by itself.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { GATEWAYS, secretOf } from './fixture-base.ts';

/** silent: bytes vanish, dials are never answered; refused: connections are reset, dials answered with a refusal. */
export type Cut = 'silent' | 'refused';

export interface Wires {
  /** Undefined without a port behind. */
  port: number | undefined;
  cut(gateway: string, how: Cut): void;
  heal(gateway: string): void;
  close(): Promise<void>;
}

export async function startWires(target: number | undefined, port = 0): Promise<Wires> {
  const cuts = new Map<string, Cut>();
  const wires = new Map<Socket, { gateway: string; upstream: Socket | undefined }>();
  const drop = (socket: Socket) => {
    wires.get(socket)?.upstream?.destroy();
    wires.delete(socket);
    socket.destroy();
  };
  const server = createServer((socket) => {
    socket.on('error', () => drop(socket)).on('close', () => drop(socket));
    socket.once('data', (head) => {
      const gateway = gatewayOf(head.toString('latin1'));
      const how = cuts.get(gateway);
      wires.set(socket, { gateway, upstream: undefined });
      if (how === 'refused') socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n');
      if (how !== undefined || target === undefined) return void socket.pause();
      const upstream = connect(target, '127.0.0.1');
      upstream.on('error', () => drop(socket)).on('close', () => drop(socket));
      upstream.write(head);
      socket.pipe(upstream).pipe(socket);
      wires.set(socket, { gateway, upstream });
    });
  });
  if (target !== undefined) await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: target === undefined ? undefined : (server.address() as AddressInfo).port, // it listens on TCP
    cut(gateway, how) {
      cuts.set(gateway, how);
      for (const [socket, wire] of wires) {
        if (wire.gateway !== gateway) continue;
        if (how === 'refused') drop(socket);
        else {
          socket.unpipe().pause();
          wire.upstream?.unpipe().pause();
        }
      }
    },
    heal(gateway) {
      cuts.delete(gateway);
      for (const [socket, wire] of wires) if (wire.gateway === gateway) drop(socket);
    },
    close() {
      for (const socket of wires.keys()) drop(socket);
      return new Promise<void>((resolve) => (server.listening ? server.close(() => resolve()) : resolve()));
    },
  };
}

function gatewayOf(head: string): string {
  const secret = /^authorization: Bearer (.*)$/im.exec(head)?.[1];
  return GATEWAYS.find((gateway) => secretOf(gateway) === secret) ?? '';
}
