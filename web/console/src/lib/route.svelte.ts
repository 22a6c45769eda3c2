/** Where in the console the page is: in the fragment, which is sent to nobody. */
export interface Route {
  area: string;
  id: string | undefined;
}

export function routeOf(hash: string): Route {
  const [area = '', id] = hash.replace(/^#\/?/, '').split('/');
  return { area, id: id === undefined || id === '' ? undefined : decodeURIComponent(id) };
}

let here = $state.raw<Route>(routeOf(globalThis.location?.hash ?? ''));

/** The present place; reading it in a component makes the component follow. */
export function route(): Route {
  return here;
}

export function go(area: string, id?: string): void {
  location.hash = id === undefined ? `#/${area}` : `#/${area}/${encodeURIComponent(id)}`;
}

/** Follows the address bar until the returned function is called. */
export function followAddress(): () => void {
  const follow = (): void => {
    here = routeOf(location.hash);
  };
  follow();
  addEventListener('hashchange', follow);
  return () => removeEventListener('hashchange', follow);
}
