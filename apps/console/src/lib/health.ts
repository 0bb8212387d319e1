// The health of the platform, fetched anew every two seconds while the page is visible.
import type { HealthReport } from '@message-push/protocol/admin';
import { useQuery } from '@tanstack/react-query';
import { type ApiFailure, admin } from './api.ts';

export function useHealth() {
  return useQuery<HealthReport, ApiFailure>({
    queryKey: ['health'],
    queryFn: () => admin('GET', '/health'),
    refetchInterval: 2000,
  });
}
