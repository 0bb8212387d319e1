import { CONFORMANCE_PROCESSES, registryConformance } from './conformance.ts';
import { createEmbeddedRegistry, createStaticRegistry } from './embedded.ts';

registryConformance('embedded', async () => ({
  registry: createEmbeddedRegistry(),
  forgets: true,
  end: async () => {},
}));

const unborn = CONFORMANCE_PROCESSES.map((registration) => ({ ...registration, incarnation: '', metadata: {} }));
registryConformance('static', async () => ({
  registry: createStaticRegistry(unborn),
  forgets: false,
  end: async () => {},
}));
