import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [svelte()],
  test: {
    include: ['*/test/**/*.test.ts'],
    setupFiles: ['./test-setup.ts'],
    // Some tests try every case there is; a busy machine must not make them fail.
    testTimeout: 60_000,
  },
});
