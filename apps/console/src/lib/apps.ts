// Apps with their settings, credentials and signing keys: every call about them, and what of the cache each one makes old.
import type {
  AppChange,
  AppView,
  CredentialView,
  NewSecret,
  NewSigningKey,
  PassportResult,
  SigningKeyView,
} from '@message-push/protocol/admin';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { del, get, getPage, patch, post } from './api.ts';
import { useLive, useStreamTopic } from './live.tsx';

const APPS = ['apps'] as const;
/** How often the use of secrets is read while it is on the page. */
const USE_POLL_MS = 5_000;
const LIST_POLL_MS = 30_000;
/** Deeds of others after which apps are read again. */
const ABOUT_APPS = /^(app|credential|key)\./;

/** All that the operator may see, oldest first. */
export function useApps() {
  useOthersChanges();
  return useQuery({
    queryKey: APPS,
    queryFn: async ({ signal }) => (await getPage<AppView>('/apps', signal)).rows,
    refetchInterval: usePause(LIST_POLL_MS),
  });
}

/** One app; its credentials with their use, read again every few seconds. Until then what the list said. */
export function useApp(id: string) {
  const client = useQueryClient();
  useOthersChanges();
  return useQuery({
    queryKey: [...APPS, id],
    queryFn: ({ signal }) => get<AppView>(pathOf(id), signal),
    placeholderData: () => client.getQueryData<AppView[]>(APPS)?.find((app) => app.id === id),
    refetchInterval: usePause(USE_POLL_MS),
  });
}

export function useSigningKeys(app: string) {
  return useQuery({
    queryKey: [...APPS, app, 'keys'],
    queryFn: async ({ signal }) => (await getPage<SigningKeyView>(`${pathOf(app)}/keys`, signal)).rows,
  });
}

export type SigningKey = NonNullable<ReturnType<typeof useSigningKeys>['data']>[number];

export function useChangeApp(id: string) {
  const client = useQueryClient();
  return useMutation<AppView, Error, AppChange>({
    mutationFn: (body) => patchApp(id, body),
    onSuccess: (app) => client.setQueryData([...APPS, id], app),
    onSettled: () => client.invalidateQueries({ queryKey: APPS }),
  });
}

export function patchApp(id: string, body: AppChange): Promise<AppView> {
  return patch<AppView>(pathOf(id), { body });
}

/** `confirm` is the AppID, typed. */
export function useDeleteApp(id: string) {
  const client = useQueryClient();
  return useMutation<void, Error, string>({
    mutationFn: (confirm) => del(pathOf(id), { body: { confirm } }),
    onSuccess: () => client.setQueryData<AppView[]>(APPS, (apps) => apps?.filter((app) => app.id !== id)),
  });
}

/** `confirm`: the AppID, typed, where the secret was used lately. */
export function useRevoke() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, confirm }: { id: string; confirm?: string }) =>
      post<CredentialView>(`/credentials/${encodeURIComponent(id)}/revoke`, { body: { confirm } }),
    onSettled: () => client.invalidateQueries({ queryKey: APPS }),
  });
}

export function useRemoveKey(app: string) {
  const client = useQueryClient();
  return useMutation<void, Error, string>({
    mutationFn: (id) => del(`${pathOf(app)}/keys/${encodeURIComponent(id)}`),
    onSettled: () => client.invalidateQueries({ queryKey: [...APPS, app, 'keys'] }),
  });
}

export function usePassportTest(app: string) {
  return useMutation({
    mutationFn: (body: { token: string; platform: 'pc' | 'mobile' }) =>
      post<PassportResult>(`${pathOf(app)}/passport-test`, { body }),
  });
}

/**
 * Calls that answer a secret. No mutations: those keep their answer in a cache, and a secret must be nowhere but on the page that shows it.
 * `key` repeats a try whose answer was lost without making a second one.
 */
export const secretCalls = {
  create: (body: { id?: string; name: string }, key: string) => post<AppView>('/apps', { body, key }),
  issue: (app: string, body: { environment: 'live' | 'test'; expires_at: number | null }, key: string) =>
    post<NewSecret>(`${pathOf(app)}/credentials`, { body, key }),
  rotate: (app: string, body: { grace_s: number | 'first_use'; environment: 'live' | 'test' }, key: string) =>
    post<NewSecret>(`${pathOf(app)}/credentials/rotate`, { body, key }),
  addKey: (app: string, body: { secret?: string }, key: string) =>
    post<NewSigningKey>(`${pathOf(app)}/keys`, { body, key }),
};

/** After a secret was made: the lists are old. */
export function useAppsChanged(): () => void {
  const client = useQueryClient();
  return () => void client.invalidateQueries({ queryKey: APPS });
}

export type TryResult =
  | { kind: 'works'; ms: number }
  /** The secret is right, but this browser's address is not in the allow-list of the app. */
  | { kind: 'address' }
  | { kind: 'refused'; code: string }
  | { kind: 'noAnswer' };

/** A real call with the secret to the public API that sends nothing. `now` in milliseconds. */
export async function tryCredential(app: string, secret: string, now: () => number): Promise<TryResult> {
  const pair = new TextEncoder().encode(`${app}:${secret}`);
  const startedAt = now();
  try {
    const response = await fetch('/api/message-push/v1/push/validate', {
      method: 'POST',
      credentials: 'omit',
      cache: 'no-store',
      headers: { 'content-type': 'application/json', authorization: `Basic ${btoa(String.fromCharCode(...pair))}` },
      body: JSON.stringify({ push_method: 1, audience: { uids: ['try-it-now'] }, message: { content: 'try it now' } }),
    });
    const answer: { code?: number; error?: string } = await response.json();
    if (answer.code === 1) return { kind: 'works', ms: Math.max(1, Math.round(now() - startedAt)) };
    if (answer.error === 'ADDRESS_NOT_ALLOWED') return { kind: 'address' };
    return { kind: 'refused', code: answer.error ?? String(response.status) };
  } catch {
    return { kind: 'noAnswer' };
  }
}

function pathOf(app: string): string {
  return `/apps/${encodeURIComponent(app)}`;
}

function useOthersChanges(): void {
  const client = useQueryClient();
  useStreamTopic('audit', (events) => {
    if (events.some(({ action }) => ABOUT_APPS.test(action))) void client.invalidateQueries({ queryKey: APPS });
  });
}

/** Nothing moves by itself while live updates are paused. */
function usePause(ms: number): number | false {
  return useLive().state.kind === 'paused' ? false : ms;
}
