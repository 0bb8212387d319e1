// Signs out and goes to the sign-in.
import { useRouter } from 'next/navigation';
import { toast } from '@/components/ui/toast.tsx';
import { useFailureText } from './failure-text.ts';
import { useSignOut } from './session.ts';

export function useLeave(): () => void {
  const text = useFailureText();
  const router = useRouter();
  const signOut = useSignOut();
  return () =>
    signOut.mutate(undefined, {
      onSuccess: () => router.replace('/login'),
      onError: (error) => toast.bad(text(error).what, text(error).todo),
    });
}
