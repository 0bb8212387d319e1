// Where a Redis server is and how to sign in, from its URL.

/** In the words of ioredis. */
export interface Address {
  host: string;
  port: number;
  username?: string;
  password?: string;
  db?: number;
  tls?: { ca?: string };
}

/** `ca`: certificates (PEM) to trust instead of the system's. */
export function addressOf(text: string, ca: string | undefined): Address {
  const url = new URL(text);
  const address: Address = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 6379) };
  if (url.username !== '') address.username = decodeURIComponent(url.username);
  if (url.password !== '') address.password = decodeURIComponent(url.password);
  if (url.pathname.length > 1) address.db = Number(url.pathname.slice(1));
  if (url.protocol === 'rediss:') address.tls = ca === undefined ? {} : { ca };
  return address;
}
