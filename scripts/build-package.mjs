// Builds the package in the current folder: every file named in its `exports` becomes one ESM bundle, with declarations beside it.
// Other packages stay imports; WGSL comes as text through @kindling/shaders.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { build } from 'esbuild';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const entries = Object.values(manifest.exports ?? {})
  .map((target) => target.default)
  .concat(Object.values(manifest.kindling?.entries ?? {}))
  .map((path) => path.replace('./dist/', 'src/').replace(/\.js$/, '.ts'));

await build({
  entryPoints: [...new Set(entries)],
  outdir: 'dist',
  outbase: 'src',
  bundle: true,
  splitting: true,
  packages: 'external',
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  external: ['node:*'],
  sourcemap: true,
  logLevel: 'warning',
});
const tsc = createRequire(import.meta.url)
  .resolve('typescript/package.json')
  .replace('package.json', 'bin/tsc');
execFileSync(process.execPath, [tsc, '-b', 'tsconfig.json'], { stdio: 'inherit' });
