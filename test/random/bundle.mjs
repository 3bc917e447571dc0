// The layout kernel and the device, bundled from their sources, so that a stream never comes from a stale build.
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const outfile = join(root, 'test/dist/random/layout.mjs');

const source = (path) => ({ path: join(root, path) });
const workspace = {
  name: 'workspace',
  setup({ onResolve }) {
    onResolve({ filter: /^@kindling\/shaders\// }, ({ path }) => source(`${path.replace('@kindling/', '')}.wgsl`));
    onResolve({ filter: /^@kindling\/[a-z]+(\/[a-z-]+)?$/ }, ({ path }) => {
      const [, name, entry = 'index'] = path.split('/');
      return source(`packages/${name}/src/${entry}.ts`);
    });
  },
};

/** Builds the layout kernel, `openDevice` and the writer of records into one module; returns its URL. */
export async function bundle() {
  await build({
    stdin: {
      contents: `export { openDevice } from '@kindling/device'; export { STREAM } from '@kindling/core';
        export * from './packages/datagen/src/random/testing/layout.ts';
        export { environment } from './benchmarks/src/environment.ts'; export { writeRecord } from './benchmarks/src/record.ts';`,
      resolveDir: root,
    },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    loader: { '.wgsl': 'text' },
    external: ['webgpu', '@sparticuz/chromium'],
    logLevel: 'warning',
    plugins: [workspace],
  });
  return pathToFileURL(outfile).href;
}
