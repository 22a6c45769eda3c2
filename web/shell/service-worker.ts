/**
 * Keeps the page itself, so that it opens without a network. It keeps those files, by their hashes, that the
 * build has listed, and nothing else: no answer of any server and nothing of a person ever gets into its cache.
 */
interface Shell {
  /** Which build this is. */
  build: string;
  /** What the build consists of: the path of each file, and its SHA-256 in hexadecimal. */
  files: Record<string, string>;
  /** The addresses at which the page is opened. */
  places: string[];
}

declare const tandaShell: Shell;

/** The compiler knows a worker's scope, and not of which kind of worker. */
const worker = self as unknown as ServiceWorkerGlobalScope;
const { build, files, places } = tandaShell;
const family = 'tanda-shell-';
const shelf = `${family}${build}`;
/** The start page, as it is fetched and as it is kept. */
const startPage = '/';
/** A network that takes longer to bring the start page, in milliseconds, counts as none. */
const patience = 3000;

async function sha256(response: Response): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await response.arrayBuffer()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A whole build or none: a server that is just being replaced may answer with files of another one. */
async function keepWhole(): Promise<void> {
  const fetched = await Promise.all(
    Object.entries(files).map(async ([path, hash]) => {
      const response = await fetch(path, { cache: 'reload', credentials: 'omit' });
      if (!response.ok || (await sha256(response.clone())) !== hash)
        throw new Error(`${path} is not of this build`);
      return [path, response] as const;
    }),
  );
  const cache = await caches.open(shelf);
  await Promise.all(fetched.map(([path, response]) => cache.put(path, response)));
}

async function dropOthers(): Promise<void> {
  const others = (await caches.keys()).filter((name) => name.startsWith(family) && name !== shelf);
  await Promise.all(others.map((name) => caches.delete(name)));
}

async function kept(path: string): Promise<Response | undefined> {
  return (await caches.open(shelf)).match(path);
}

function later(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds, undefined));
}

/** The start page: from the server, so that a new build shows at once; else the kept one. */
async function open(request: Request): Promise<Response> {
  const asked = fetch(request);
  const fresh = await Promise.race([asked, later(patience)]).catch(() => undefined);
  if (fresh && fresh.status < 500) return fresh;
  return (await kept(startPage)) ?? asked;
}

worker.addEventListener('install', (event) => {
  event.waitUntil(keepWhole().then(() => worker.skipWaiting()));
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(dropOthers().then(() => worker.clients.claim()));
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== 'GET' || origin !== worker.location.origin) return;
  if (request.mode === 'navigate') {
    if (places.includes(pathname)) event.respondWith(open(request));
  } else if (pathname !== startPage && pathname in files && search === '') {
    event.respondWith(kept(pathname).then((response) => response ?? fetch(request)));
  }
});
