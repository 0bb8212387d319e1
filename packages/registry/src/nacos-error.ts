// Why Nacos did not do what it was asked, in words that may be logged: they hold neither credentials nor the request.

/** `away`: another try may succeed. `refused`: the request itself is wrong, and the same one will never be taken. */
export class NacosError extends Error {
  readonly kind: 'away' | 'refused';

  constructor(kind: 'away' | 'refused', message: string) {
    super(message);
    this.name = 'NacosError';
    this.kind = kind;
  }
}

export function isRefused(cause: unknown): boolean {
  return cause instanceof NacosError && cause.kind === 'refused';
}
