// Turns every .wgsl file below this folder into an ES module whose default export is its text, with a declaration beside it.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

const files = readdirSync('.', { recursive: true })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.wgsl') && !/^(dist|node_modules)\//.test(file));

rmSync('dist', { recursive: true, force: true });
await build({ entryPoints: files, outdir: 'dist', outbase: '.', format: 'esm', loader: { '.wgsl': 'text' }, logLevel: 'warning' });
for (const file of files) {
  const declaration = join('dist', file.replace(/\.wgsl$/, '.d.ts'));
  mkdirSync(dirname(declaration), { recursive: true });
  writeFileSync(declaration, 'declare const wgsl: string;\nexport default wgsl;\n');
}
