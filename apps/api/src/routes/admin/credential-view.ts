// A credential as the console shows it: never its secret.
import type { Credential } from '@message-push/database';
import type { CredentialView } from '@message-push/protocol/admin';
import type { CredentialUse } from '../../credential-uses.ts';

export function credentialView(credential: Credential, use: CredentialUse, now: number): CredentialView {
  const { id, app, hint, created_at, expires_at, revoked_at, last_used_at, until_use_of } = credential;
  const isExpired = credential.state !== 'revoked' && expires_at !== null && expires_at.getTime() <= now;
  const [latest] = use.addresses.map(({ last_at }) => last_at).sort((a, b) => b - a);
  return {
    id,
    app,
    hint,
    state: isExpired ? 'expired' : credential.state,
    created_at: created_at.getTime(),
    expires_at: expires_at?.getTime() ?? null,
    revoked_at: revoked_at?.getTime() ?? null,
    last_used_at: Math.max(latest ?? 0, last_used_at?.getTime() ?? 0) || null,
    ...(until_use_of !== null && { until_use_of }),
    use,
  };
}

/** What the audit log keeps of it. */
export function credentialFacts({ id, app, hint, state, expires_at, until_use_of }: Credential) {
  return { id, app, hint, state, expires_at, ...(until_use_of !== null && { until_use_of }) };
}
