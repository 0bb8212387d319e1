// Elasticsearch: one node with its HTTP interface, no security, no modules besides.
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Workshop } from './artefacts.ts';
import { javaArgs, writeProperties } from './java.ts';
import type { Recipe } from './types.ts';

const TRANSPORT = 'transport-netty4-';

export const elasticsearch: Recipe = {
  engine: 'elasticsearch',
  title: 'Elasticsearch 8.19.21',
  port: 19_200,
  morePorts: [1], // of the transport between nodes
  heapMb: 512,
  stopSignal: 'SIGTERM',
  jars: { finish },

  async prepare({ dir, port, artefacts, heapMb }) {
    const config = join(dir, 'config');
    for (const place of [config, join(dir, 'tmp'), join(dir, 'data')]) mkdirSync(place, { recursive: true });
    const settings = {
      'cluster.name': 'stack',
      'node.name': 'stack',
      'discovery.type': 'single-node',
      'http.host': '127.0.0.1',
      'http.port': port,
      'transport.host': '127.0.0.1',
      'transport.port': port + 1,
      'path.data': join(dir, 'data'),
      'path.logs': dir,
      'path.repo': join(dir, 'snapshots'),
      'node.processors': 2,
      'cluster.routing.allocation.disk.threshold_enabled': false, // a full disk of a developer is no reason to refuse writes
    };
    const yaml = Object.entries(settings).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
    writeFileSync(join(config, 'elasticsearch.yml'), `${yaml.join('\n')}\n`);
    writeProperties(join(config, 'log4j2.properties'), LOG_SETTINGS);
    // The home of a node has config and modules in it; only the first is ours.
    const classPath = [join(artefacts, 'classes'), join(artefacts, 'libs', '*')].join(':');
    const properties = [`-Djava.io.tmpdir=${join(dir, 'tmp')}`, '-Dlog4j2.disable.jmx=true'];
    const args = [...javaArgs(heapMb), ...properties, '-cp', classPath, 'SearchNode', dir, join(artefacts, 'modules')];
    return { file: 'java', args, cwd: dir };
  },

  async probe({ port }, signal) {
    const health = await fetch(`http://127.0.0.1:${port}/_cluster/health?wait_for_status=yellow&timeout=1s`, {
      signal,
    });
    if (!health.ok) throw new Error(`status ${health.status}`);
  },

  url: ({ port }) => `http://127.0.0.1:${port}`,
};

const LOG_SETTINGS = {
  status: 'error',
  'appender.out.type': 'Console',
  'appender.out.name': 'out',
  'appender.out.layout.type': 'PatternLayout',
  'appender.out.layout.pattern': '%d{ISO8601} %-5p %c{1.} %m%n',
  'rootLogger.level': 'info',
  'rootLogger.appenderRef.out.ref': 'out',
};

/** The transport is loaded as a module: a folder with jars and a descriptor that names the very version of the server. */
async function finish({ dir, sources, run }: Workshop): Promise<void> {
  const libs = join(dir, 'libs');
  const module = join(dir, 'modules', 'http');
  const plugin = join(dir, 'plugin');
  mkdirSync(module, { recursive: true });
  let version = '';
  for (const jar of readdirSync(libs)) {
    if (jar.startsWith(TRANSPORT)) version = jar.slice(TRANSPORT.length, -'.jar'.length);
    if (jar.startsWith(TRANSPORT) || jar.startsWith('netty-')) renameSync(join(libs, jar), join(module, jar));
  }
  writeProperties(join(module, 'plugin-descriptor.properties'), {
    name: 'http',
    description: 'http',
    version,
    'elasticsearch.version': version,
    'java.version': 17,
    classname: 'RootPage',
  });
  const compile = ['--release', '17', '-cp', `${join(libs, '*')}:${join(module, '*')}`];
  await run('javac', [...compile, '-d', plugin, join(sources, 'RootPage.java')]);
  await run('jar', ['cf', join(module, 'root-page.jar'), '-C', plugin, '.']);
  await run('javac', [...compile, '-d', join(dir, 'classes'), join(sources, 'SearchNode.java')]);
}
