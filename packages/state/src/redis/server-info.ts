// What a Redis server's INFO says about whether it may hold state.

/** Why this server must not be used, in one sentence; undefined = it may. */
export function problemOf(info: string, name: string, cluster: boolean): string | undefined {
  const policy = fieldOf(info, 'maxmemory_policy');
  if (policy !== 'noeviction')
    return `REDIS_URL: Redis at ${name} has maxmemory-policy ${policy ?? 'unknown'}: it would throw away messages when its memory is full; set noeviction`;
  if (fieldOf(info, 'role') !== 'master') return `REDIS_URL: Redis at ${name} is a replica; name its master`;
  const isCluster = fieldOf(info, 'cluster_enabled') === '1';
  if (isCluster !== cluster)
    return `REDIS_CLUSTER: Redis at ${name} is ${isCluster ? '' : 'not '}a member of a Redis Cluster; set REDIS_CLUSTER=${isCluster}`;
  return undefined;
}

/** What an operator should know of a server that may be used. */
export function warningOf(info: string, name: string): string | undefined {
  return fieldOf(info, 'aof_enabled') === '1'
    ? undefined
    : `Redis at ${name} runs with appendonly off: a restart of it forgets every inbox; set appendonly yes`;
}

function fieldOf(info: string, field: string): string | undefined {
  return new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(info)?.[1];
}
