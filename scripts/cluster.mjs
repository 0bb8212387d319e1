// npm run cluster: sets the checkout up and runs the platform as a cluster of processes, or hands a command to the one that runs.
import { runProgram } from './run.mjs';

const args = process.argv.slice(2);
await runProgram('apps/standalone/src/cluster/main.ts', args, {
  console: args.includes('--console') || (args.includes('add') && args.includes('console')),
});
