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
