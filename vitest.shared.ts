import { fileURLToPath } from 'node:url';
import type { UserConfig } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));

/** WGSL files are imported as text, as esbuild's text loader does in the build. */
const wgsl = {
  name: 'wgsl-text',
  transform(code: string, id: string) {
    return id.endsWith('.wgsl') ? { code: `export default ${JSON.stringify(code)}`, map: null } : undefined;
  },
};

/** Shared by every package: tests read TypeScript and WGSL sources, never a stale `dist`. */
export const shared = {
  plugins: [wgsl],
  resolve: {
    alias: [
      { find: /^@kindling\/shaders\/(.+)$/, replacement: `${root}shaders/$1.wgsl` },
      { find: /^@kindling\/([a-z]+)$/, replacement: `${root}packages/$1/src/index.ts` },
      { find: /^@kindling\/([a-z]+)\/([a-z-]+)$/, replacement: `${root}packages/$1/src/$2.ts` },
    ],
  },
  test: {
    // One process at a time: a software adapter takes every core, and two of them only starve each other.
    pool: 'forks' as const,
    fileParallelism: false,
    // Cold compiles on a loaded machine: nothing here is a measurement.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
} satisfies UserConfig & { test: object };
