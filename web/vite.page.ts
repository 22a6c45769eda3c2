import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { UserConfig } from 'vite';

/**
 * How every page is built: one folder below `dist/`, nothing inlined into the HTML or the CSS, so that the
 * page runs under a content security policy without inline script or style.
 */
export function page(root: string, name: string): UserConfig {
  return {
    root,
    base: '/',
    plugins: [svelte()],
    build: {
      outDir: `../dist/${name}`,
      emptyOutDir: true,
      target: 'es2023',
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 1500,
    },
  };
}
