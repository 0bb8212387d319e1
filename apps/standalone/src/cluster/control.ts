// The socket in the data folder through which `npm run cluster -- add|drain|…` reach the launcher; its owner's alone.
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type ClusterCommand, type ControlLine, controlSocket, ROLES } from '@message-push/testkit/control';
import { z } from 'zod';
import type { Cluster } from './cluster.ts';

const commandSchema: z.ZodType<ClusterCommand> = z.discriminatedUnion('command', [
  z.object({ command: z.literal('add'), role: z.enum(ROLES) }),
  z.object({ command: z.enum(['drain', 'stop', 'kill', 'pause', 'resume']), id: z.string() }),
  z.object({ command: z.literal('status') }),
]);

const BODY_BYTES_MAX = 10_000;

/** Listens until the function that it answers is called. */
export async function serveControl(dataDir: string, cluster: Cluster): Promise<() => void> {
  const socket = controlSocket(dataDir);
  rmSync(socket, { force: true }); // of a launcher that was killed: the folder is ours
  const server: Server = createServer((request, response) => void answer(request, response, cluster));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(socket, resolve);
  });
  chmodSync(socket, 0o600);
  return () => {
    server.close();
    server.closeAllConnections();
    rmSync(socket, { force: true });
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, cluster: Cluster): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  const write = (line: ControlLine) => response.write(`${JSON.stringify(line)}\n`);
  try {
    const command = commandSchema.parse(JSON.parse(await readText(request)));
    const id = await carryOut(command, cluster, (say) => write({ say }));
    write({ ...(id !== undefined && { id }), processes: cluster.status() });
  } catch (error) {
    write({ error: error instanceof Error ? error.message : String(error) });
  }
  response.end();
}

async function carryOut(
  command: ClusterCommand,
  cluster: Cluster,
  say: (line: string) => void,
): Promise<string | undefined> {
  switch (command.command) {
    case 'status':
      return undefined;
    case 'add':
      return (await cluster.add(command.role)).id;
    case 'drain':
      await cluster.drain(command.id, say);
      return command.id;
    default:
      await cluster[command.command](command.id);
      return command.id;
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > BODY_BYTES_MAX) throw new Error('The command is too long.');
  }
  return text;
}
