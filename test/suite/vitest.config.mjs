import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { shared } from '../../vitest.shared.ts';
import { packages } from './build.mjs';

/** The same test files as the bundle's, in Node, with the recorder on. */
export default defineConfig({
  ...shared,
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    ...shared.test,
    include: packages.map((name) => `packages/${name}/src/**/*.test.ts`),
    setupFiles: [fileURLToPath(new URL('./record.mjs', import.meta.url))],
  },
});
