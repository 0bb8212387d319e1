// An element with more to do than it came with: its own handlers and ref stay, ours are called after them.
import { cloneElement, type ReactElement, type RefCallback } from 'react';

type Props = Record<string, unknown>;

/** `more` wins over the element's own props; functions named `on…` and `ref` are both called. */
export function merged(element: ReactElement<Props>, more: Props): ReactElement<Props> {
  const all: Props = { ...more };
  for (const [name, ours] of Object.entries(more)) {
    const own = element.props[name];
    if (name === 'ref') all[name] = both(own, ours);
    else if (name.startsWith('on') && typeof own === 'function' && typeof ours === 'function')
      all[name] = (...args: unknown[]) => {
        own(...args);
        ours(...args);
      };
  }
  return cloneElement(element, all);
}

function both(...refs: unknown[]): RefCallback<Element> {
  return (element) => {
    for (const ref of refs) {
      if (typeof ref === 'function') ref(element);
      // What is no function and no null is an object with `current`.
      else if (typeof ref === 'object' && ref !== null) (ref as { current: Element | null }).current = element;
    }
  };
}
