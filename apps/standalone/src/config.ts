// Settings of `npm start` itself; those of its parts are merged in platform.ts.
import { field, int } from '@message-push/runtime';
import { z } from 'zod';

export const DEFAULT_PORTS = { api: 8080, gateway: 8090, console: 3000 } as const;

const port = (fallback: number) => int(fallback, 0, 65_535);

export const standaloneFields = {
  host: field('HOST', z.string().default('127.0.0.1'), 'Address to listen on.'),
  apiPort: field('API_PORT', port(DEFAULT_PORTS.api), 'Port of the REST API; 0 = a free one.'),
  gatewayPort: field('GATEWAY_PORT', port(DEFAULT_PORTS.gateway), 'Port of the WebSocket gateway; 0 = a free one.'),
  consolePort: field('CONSOLE_PORT', port(DEFAULT_PORTS.console), 'Port of the console; 0 = a free one.'),
  dataDir: field(
    'DATA_DIR',
    z.string().default('.data'),
    'Folder for data, secrets and logs; relative to the checkout.',
  ),
  logLevel: field(
    'LOG_LEVEL',
    z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
    'Least severe level in the log file.',
  ),
};

/** Where `npm run cluster` keeps what `npm start` keeps in DATA_DIR. */
export const clusterDirField = field(
  'DATA_DIR',
  z.string().default('.data/cluster'),
  'Folder for secrets, logs and run.json of npm run cluster.',
);

/** Which of these variables somebody set: only an unset default port may give way to a free one. */
export function isSet(variable: string): boolean {
  return (process.env[variable] ?? '') !== '';
}

/** The environment, read here and nowhere else. */
export const environment: Record<string, string | undefined> = process.env;
