// Loaded into a measured process by --import: answers questions about memory, CPU and open handles over IPC.

process.on('message', (question) => {
  // `cpu` does not collect garbage: that would be the bench's own work.
  if (question !== 'probe' && question !== 'cpu') return;
  // --expose-gc: collected twice, so that what only died in the first pass is gone as well.
  if (question === 'probe') for (let pass = 0; pass < 2; pass++) globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const resources: Record<string, number> = {};
  for (const type of process.getActiveResourcesInfo()) resources[type] = (resources[type] ?? 0) + 1;
  process.send?.({ probe: { rss, heapUsed, cpuMs: (user + system) / 1000, resources } });
});
process.channel?.unref();
