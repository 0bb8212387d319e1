// The health of the platform: read once, then kept up to date by the stream, or asked for while there is none.
import type { HealthReport } from '@message-push/protocol/admin';
import { useQuery } from '@tanstack/react-query';
import { get } from './api.ts';
import { usePoll } from './live.tsx';

export function useHealth() {
  const poll = usePoll();
  return useQuery({
    queryKey: ['health'],
    queryFn: ({ signal }) => get<HealthReport>('/health', signal),
    refetchInterval: poll,
  });
}
