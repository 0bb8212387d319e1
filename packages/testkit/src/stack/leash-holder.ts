// Starts Redis in the folder it is given, says so, and waits to be killed.
import { startEngines } from './index.ts';

await startEngines({ dir: process.argv[2] ?? '', engines: ['redis'] });
process.send?.('started');
