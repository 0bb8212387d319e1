// What the servers on the JVM have in common.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Arguments that every server gets: a fixed heap, and an end instead of a half-dead server when it is full. */
export function javaArgs(heapMb: number): string[] {
  return [
    `-Xms${heapMb}m`,
    `-Xmx${heapMb}m`,
    '-XX:+UseSerialGC', // two shared cores
    '-XX:+ExitOnOutOfMemoryError',
    '-Djava.awt.headless=true',
    '-Djava.net.preferIPv4Stack=true',
  ];
}

/** Writes `name=value` lines; the folder is made. */
export function writeProperties(file: string, values: Record<string, string | number | boolean>): void {
  mkdirSync(dirname(file), { recursive: true });
  const lines = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  writeFileSync(file, `${lines.join('\n')}\n`);
}
