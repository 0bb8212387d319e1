// Settings of the console's process, from the environment.

export interface ConsoleConfig {
  host: string;
  port: number;
  /** Apis to ask, the preferred one first. */
  apis: URL[];
}

/** Throws one sentence that names every variable to change. */
export function loadConfig(env: Record<string, string | undefined>): ConsoleConfig {
  const problems: string[] = [];
  const apis: URL[] = [];
  for (const text of (env.API_URL || 'http://127.0.0.1:8080').split(',')) {
    const url = apiUrl(text);
    if (url) apis.push(url);
    else problems.push(`API_URL: ${text.trim()} is not an address: write http://host:port, several by commas`);
  }
  const port = Number(env.PORT || 3000);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) problems.push('PORT: write a number from 0 to 65535');
  if (problems.length > 0) throw new Error(`configuration is not valid:\n  ${problems.join('\n  ')}`);
  return { host: env.HOST || '0.0.0.0', port, apis };
}

/** The address of an api, undefined when it is none. */
export function apiUrl(text: string): URL | undefined {
  const url = URL.parse(text.trim());
  return url?.protocol === 'http:' ? url : undefined;
}

/** What the bar calls this environment: CONSOLE_ENVIRONMENT, else the host that the browser asked for. */
export function environmentName(host: string): string {
  const given = process.env.CONSOLE_ENVIRONMENT;
  if (given) return given;
  const hostname = URL.parse(`http://${host}`)?.hostname ?? 'localhost';
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname) ? 'local' : hostname;
}

/** Whether Next runs in development: it needs `eval` then, and shows the gallery of components. */
export const inDevelopment = process.env.NODE_ENV === 'development';
