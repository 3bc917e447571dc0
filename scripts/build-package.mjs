// Builds the package in the current folder: every file named in its `exports` becomes one ESM bundle, with declarations beside it.
// Other packages stay imports; WGSL comes as text through @kindling/shaders.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const entries = Object.values(manifest.exports ?? {})
  .map((target) => target.default)
  .concat(Object.values(manifest.kindling?.entries ?? {}))
  .map((path) => path.replace('./dist/', 'src/').replace(/\.js$/, '.ts'));

const { metafile } = await build({
  entryPoints: [...new Set(entries)],
  metafile: true,
  outdir: 'dist',
  outbase: 'src',
  bundle: true,
  splitting: true,
  packages: 'external',
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  external: ['node:*'],
  // For `kindling profile` and people; not published, so no comment in the code points at them.
  sourcemap: 'external',
  logLevel: 'warning',
});
// Chunks carry a hash in their names: those of earlier builds would be packed and published.
for (const file of readdirSync('dist', { recursive: true })) {
  const path = join('dist', file);
  if (/\.js(\.map)?$/.test(path) && !(path.replaceAll('\\', '/') in metafile.outputs)) rmSync(path);
}
const tsc = createRequire(import.meta.url)
  .resolve('typescript/package.json')
  .replace('package.json', 'bin/tsc');
execFileSync(process.execPath, [tsc, '-b', 'tsconfig.json'], { stdio: 'inherit' });
// Declarations of sources that are gone, and of what only tests use, would be published as well.
const tested = manifest.exports?.['./testing'] !== undefined;
for (const file of readdirSync('dist', { recursive: true }).map((path) => path.replaceAll('\\', '/'))) {
  if (!file.endsWith('.d.ts')) continue;
  const gone = !existsSync(join('src', file.replace(/\.d\.ts$/, '.ts')));
  if (gone || (!tested && /(^|\/)testing\//.test(file))) rmSync(join('dist', file));
}
