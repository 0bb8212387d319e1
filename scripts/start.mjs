// npm start: sets the checkout up and runs the whole platform on this machine.
import { runProgram } from './run.mjs';

const args = process.argv.slice(2);
await runProgram('apps/standalone/src/main.ts', args, {
  console: !args.includes('--no-console') && !args.includes('--help'),
});
