// The process of a TCP proxy whose faults are for one process alone; it ends with the one that forked it.
import { hasConnection } from './tcp-owner.ts';
import { createTcpProxy } from './tcp-proxy.ts';
import type { ProxyCommand } from './tcp-proxy-process.ts';

const [target = '', victim = ''] = process.argv.slice(2);

const proxy = await createTcpProxy({
  target,
  concerns: (clientPort) => hasConnection(Number(victim), clientPort, proxy.port),
});
process.on('disconnect', () => process.exit(0));
process.on('message', ([name, value]: ProxyCommand) => {
  if (name === 'cut') proxy.cut();
  if (name === 'blackhole') proxy.blackhole();
  if (name === 'halfOpen') proxy.halfOpen(value);
  if (name === 'delay') proxy.delay(value);
  if (name === 'throttle') proxy.throttle(value);
  if (name === 'heal') proxy.heal();
  process.send?.({ counts: proxy.counts });
});
process.send?.({ address: proxy.address });
