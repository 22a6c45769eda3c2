/** How often a page that stays open asks for a new build, and how often it looks whether it may change over. */
const askEvery = 60 * 60_000;
const lookEvery = 60_000;

/**
 * Has the service worker keep this page, so that it opens without a network. Once a new build has taken over, the
 * page changes to it while nobody sees it, or has touched it for a minute, and only when it is `idle`.
 */
export function keepShell(idle: () => boolean): void {
  const workers = (navigator as Partial<Navigator>).serviceWorker;
  if (!workers || !import.meta.env.PROD) return;
  let replaced = false;
  let touched = Date.now();
  const changeOver = async (): Promise<void> => {
    // A worker keeps its own build alone: a page whose script it does not keep is of another.
    const outdated = replaced && (await caches.match(import.meta.url)) === undefined;
    const unseen = document.hidden || Date.now() - touched >= lookEvery;
    if (outdated && unseen && idle()) location.reload();
  };
  workers.addEventListener('controllerchange', () => (replaced = true));
  for (const kind of ['pointerdown', 'keydown'])
    addEventListener(kind, () => (touched = Date.now()), { passive: true });
  setInterval(() => void changeOver(), lookEvery);
  workers.register('/service-worker.js', { updateViaCache: 'none' }).then(
    (registration) => {
      // Without a network there is nothing newer to be had: it is asked again later.
      const ask = (): void => void registration.update().catch(() => undefined);
      if (registration.active) ask();
      setInterval(ask, askEvery);
      document.addEventListener('visibilitychange', () => (document.hidden ? void changeOver() : ask()));
    },
    () => undefined, // a browser that keeps no pages needs the network to open this one
  );
}
