// What is loaded when it is first opened stays from then on, so that it can close in its own time.
import { useState } from 'react';

export function useOnceOpen(open: boolean): boolean {
  const [once, setOnce] = useState(open);
  if (open && !once) setOnce(true);
  return once;
}
