import 'reflect-metadata';
import 'fake-indexeddb/auto';

// Node 20 has no navigator; the pages ask it whether the browser is online.
Object.defineProperty(globalThis, 'navigator', {
  value: { onLine: true, languages: ['en'] },
  configurable: true,
});
