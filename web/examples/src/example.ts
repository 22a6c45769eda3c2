import type { Component, ComponentProps } from 'svelte';

export interface Example {
  name: string;
  // The list holds components of every kind of props; `example` checks each against its own.
  component: Component<never>;
  props: unknown;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any component, with props of its own
export function example<C extends Component<any>>(
  name: string,
  component: C,
  props: ComponentProps<C>,
): Example {
  return { name, component: component as unknown as Component<never>, props };
}
