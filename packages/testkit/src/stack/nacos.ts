// Nacos: naming and configuration with the HTTP interface of version 1, embedded storage, no sign-in.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Workshop } from './artefacts.ts';
import { javaArgs, writeProperties } from './java.ts';
import type { Recipe } from './types.ts';

const AUTO = 'org.springframework.boot.autoconfigure.jdbc';

export const nacos: Recipe = {
  engine: 'nacos',
  title: 'Nacos 3.1.0',
  port: 18_848,
  morePorts: [-1000, 1000, 1001], // consensus, and two for gRPC
  heapMb: 384,
  stopSignal: 'SIGTERM',
  jars: { finish },

  async prepare({ dir, port, artefacts, heapMb }) {
    const home = join(dir, 'home');
    mkdirSync(home, { recursive: true });
    forgetOtherPort(home, port);
    writeProperties(join(home, 'conf', 'application.properties'), serverSettings(port));
    const properties = {
      'nacos.standalone': true,
      'nacos.home': home,
      'user.home': home, // else it writes into the home of the user
      'nacos.server.main.port': port,
      'nacos.server.ip': '127.0.0.1',
      'server.address': '127.0.0.1',
      'nacos.remote.grpc.listen.ip': '127.0.0.1',
    };
    const args = [
      ...javaArgs(heapMb),
      '-XX:TieredStopAtLevel=1', // starts in half the time
      '-XX:MaxMetaspaceSize=256m',
      ...Object.entries(properties).map(([name, value]) => `-D${name}=${value}`),
      '-cp',
      [join(home, 'conf'), join(artefacts, 'classes'), join(artefacts, 'libs', '*')].join(':'),
      'RegistryServer',
      `--spring.config.additional-location=file:${join(home, 'conf')}/`,
    ];
    return { file: 'java', args, cwd: dir };
  },

  async probe({ port }, signal) {
    const metrics = await fetch(`http://127.0.0.1:${port}/nacos/v1/ns/operator/metrics`, { signal });
    const text = await metrics.text();
    if (!metrics.ok || !text.includes('"status":"UP"')) throw new Error(text);
  },

  url: ({ port }) => `127.0.0.1:${port}`,
};

async function finish({ dir, sources, run }: Workshop): Promise<void> {
  const compile = ['--release', '17', '-cp', join(dir, 'libs', '*'), '-d', join(dir, 'classes')];
  await run('javac', [...compile, join(sources, 'RegistryServer.java')]);
}

/** Its consensus groups have written down their address: at another port they would wait for themselves for ever. */
function forgetOtherPort(home: string, port: number): void {
  const file = join(home, 'port');
  const last = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (last !== String(port)) rmSync(join(home, 'data', 'protocol'), { recursive: true, force: true });
  writeFileSync(file, String(port));
}

function serverSettings(port: number): Record<string, string | number | boolean> {
  return {
    'server.address': '127.0.0.1',
    'nacos.server.main.port': port,
    'nacos.server.ip': '127.0.0.1',
    'nacos.server.contextPath': '/nacos',
    'nacos.core.api.compatibility.client.enabled': true, // the interface of version 1
    'spring.autoconfigure.exclude': `${AUTO}.DataSourceAutoConfiguration,${AUTO}.DataSourceTransactionManagerAutoConfiguration`,
    // has to be there although nobody signs in
    'nacos.core.auth.system.type': 'nacos',
    'nacos.core.auth.enabled': false,
    'nacos.core.auth.admin.enabled': false,
    'nacos.core.auth.console.enabled': false,
    'nacos.core.auth.server.identity.key': 'stack',
    'nacos.core.auth.server.identity.value': randomBytes(16).toString('hex'),
    'nacos.core.auth.plugin.nacos.token.secret.key': randomBytes(48).toString('base64'),
    'db.pool.config.connectionTimeout': 60_000, // 3 s by default, not enough for its first on a busy machine
    'server.tomcat.accesslog.enabled': false,
    'nacos.naming.push.pushTaskDelay': 100, // ms until subscribers hear of a change; 500 by default
    // names of finished test runs go soon
    'nacos.naming.empty-service.auto-clean': true,
    'nacos.naming.empty-service.clean.initial-delay-ms': 30_000,
    'nacos.naming.empty-service.clean.period-time-ms': 30_000,
  };
}
