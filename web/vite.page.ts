import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin, UserConfig } from 'vite';

const worker = 'service-worker.js';

/**
 * How every page is built: one folder below `dist/`, nothing inlined into the HTML or the CSS, so that the
 * page runs under a content security policy without inline script or style. A page that is opened at `places`
 * gets a service worker that keeps it.
 */
export function page(root: string, name: string, places: string[] = []): UserConfig {
  const kept = places.length > 0;
  const outDir = join(import.meta.dirname, 'dist', name);
  return {
    root,
    base: '/',
    plugins: [svelte(), ...(kept ? [shell(outDir, places)] : [])],
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2023',
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 1500,
      rolldownOptions: {
        input: {
          index: join(root, 'index.html'),
          ...(kept ? { worker: join(import.meta.dirname, 'shell/service-worker.ts') } : {}),
        },
        output: {
          // The worker keeps its name from build to build: that is how browsers find the next one.
          entryFileNames: (chunk) => (chunk.name === 'worker' ? worker : 'assets/[name]-[hash].js'),
        },
      },
    },
  };
}

/** Tells the service worker which files the build consists of. */
function shell(outDir: string, places: string[]): Plugin {
  return {
    name: 'tanda-shell',
    writeBundle() {
      const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
      const names = readdirSync(outDir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name !== worker)
        .map((entry) => join(entry.parentPath, entry.name).slice(outDir.length))
        .sort();
      const files = Object.fromEntries(
        names.map((path) => [path === '/index.html' ? '/' : path, sha256(readFileSync(join(outDir, path)))]),
      );
      const build = sha256(JSON.stringify(files)).slice(0, 16);
      const script = join(outDir, worker);
      const listed = JSON.stringify({ build, files, places });
      writeFileSync(script, `const tandaShell = ${listed};\n${readFileSync(script, 'utf8')}`);
    },
  };
}
