// Loaded into a measured process by --import: answers the bench's questions about memory and CPU over IPC.

process.on('message', (question) => {
  if (question !== 'probe') return;
  // --expose-gc: collected twice, so that what only died in the first pass is gone as well.
  globalThis.gc?.();
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  process.send?.({ probe: { rss, heapUsed, cpuMs: (user + system) / 1000 } });
});
process.channel?.unref();
