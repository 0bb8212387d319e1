// The cookie of an operator's session: for this site alone, unreadable for scripts, bound to this very host where the request is https.
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Longer ones are none of ours and not worth a look-up. */
const TOKEN_CHARS_MAX = 256;

export function tokenOf(request: FastifyRequest): string | undefined {
  const token = request.cookies[nameFor(request)];
  if (token === undefined || token === '' || token.length > TOKEN_CHARS_MAX || token.includes('\0')) return undefined;
  return token;
}

export function setToken(request: FastifyRequest, reply: FastifyReply, token: string): void {
  reply.setCookie(nameFor(request), token, optionsFor(request));
}

export function clearToken(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(nameFor(request), optionsFor(request));
}

/** Browsers take the prefix only with Secure, and then from nobody else on this host's domain. */
function nameFor({ protocol }: FastifyRequest): string {
  return protocol === 'https' ? '__Host-mp_session' : 'mp_session';
}

function optionsFor({ protocol }: FastifyRequest) {
  return { path: '/', httpOnly: true, sameSite: 'lax' as const, secure: protocol === 'https' };
}
