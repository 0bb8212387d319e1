// What the server knows of its paths: for a request that does not fit one, what would.
import { inputError, type Language, problemText } from '@message-push/protocol';

interface RouteFacts {
  url: string;
  method: string | string[];
}

interface KnownRoute {
  pattern: RegExp;
  methods: string[];
  /** Of each `:name`, in order. */
  names: string[];
}

export class KnownRoutes {
  readonly #routes: KnownRoute[] = [];

  /** Must be made before any route is declared. */
  constructor(app: { addHook(name: 'onRoute', hook: (route: RouteFacts) => void): unknown }) {
    app.addHook('onRoute', ({ url, method }) => {
      const literal = url.replace(/\/$/, '').replace(/[.+?^${}()|[\]\\]/g, '\\$&');
      const pattern = new RegExp(`^${literal.replace(/:[^/]+/g, '([^/]+)').replace(/\*/g, '.*')}/?$`);
      const names = [...url.matchAll(/:([^/]+)/g)].map(([, name = '']) => name);
      this.#routes.push({ pattern, methods: [method].flat(), names });
    });
  }

  /** The methods that a path has, in the order they were declared; none for an unknown path. */
  methods(url: string): string[] {
    const path = pathOf(url);
    return [...new Set(this.#routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods))];
  }

  /** The name of the part of a known path that is no percent-encoded UTF-8. */
  malformedPart(url: string): string | undefined {
    const path = pathOf(url);
    for (const { pattern, names } of this.#routes) {
      const [, ...parts] = pattern.exec(path) ?? [];
      const at = parts.findIndex((part) => !isDecodable(part));
      if (at >= 0) return names[at];
    }
    return undefined;
  }
}

/** Throws INVALID_QUERY when the query holds what is no percent-encoded UTF-8; a parser would take it as it is. */
export function checkQuery(url: string, language: Language): void {
  const from = url.indexOf('?');
  if (from < 0 || url.indexOf('%', from) < 0) return;
  for (const pair of url.slice(from + 1).split('&')) {
    if (isDecodable(pair)) continue;
    const [name = ''] = pair.split('=', 1);
    throw malformed(isDecodable(name) ? decodeURIComponent(name) : name, language);
  }
}

export function malformed(path: string, language: Language) {
  return inputError('INVALID_QUERY', [{ path, problem: problemText('format', language) }]);
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}

function isDecodable(text: string): boolean {
  if (!text.includes('%')) return true;
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
