// Loaded into a measured process by --import: answers questions about memory, CPU and open handles over IPC.

process.on('message', (question) => {
  if (question !== 'probe') return;
  // --expose-gc: collected twice, so that what only died in the first pass is gone as well.
  globalThis.gc?.();
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const resources: Record<string, number> = {};
  for (const type of process.getActiveResourcesInfo()) resources[type] = (resources[type] ?? 0) + 1;
  process.send?.({ probe: { rss, heapUsed, cpuMs: (user + system) / 1000, resources } });
});
process.channel?.unref();
