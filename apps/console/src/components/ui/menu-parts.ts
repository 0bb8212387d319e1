// What a menu is made of: pages write its parts, the layer that is loaded with the first menu draws them.
import { type ComponentType, createContext, type ReactNode } from 'react';

export interface ItemProps {
  icon?: ReactNode;
  danger?: boolean;
  disabled?: boolean;
  onSelect(): void;
  children: ReactNode;
}

export interface LinkProps {
  icon?: ReactNode;
  href: string;
  children: ReactNode;
}

export interface ChoiceProps<T extends string = string> {
  label: string;
  value: T;
  options: readonly { value: NoInfer<T>; label: ReactNode }[];
  onChange(value: NoInfer<T>): void;
}

interface Parts {
  Item: ComponentType<ItemProps>;
  LinkItem: ComponentType<LinkProps>;
  Choice: ComponentType<ChoiceProps>;
}

export const MenuParts = createContext<Parts | null>(null);
