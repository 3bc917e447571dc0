// Builds the page into dist/: static files with relative addresses, for any web server and any folder on it.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { writePart } from './part.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const out = join(here, 'dist');
/** Bytes of all files together, beyond which a page is no longer one to open by a link. */
const MOST_BYTES = 8 * 2 ** 20;
const LICENCES = 'licences.txt';

/** The commit of the clone and whether its tracked files were changed; null where this is none. */
function commit() {
  const git = (...args) => execFileSync('git', args, { cwd: here, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return { commit: git('rev-parse', 'HEAD'), modified: git('status', '--porcelain', '--untracked-files=no') !== '' };
  } catch {
    return { commit: null, modified: false };
  }
}

const walk = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : [path];
  });

const { version } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
const entries = { ui: 'src/ui/main.ts', worker: 'src/engine/worker.ts' };
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: Object.fromEntries(Object.entries(entries).filter(([, path]) => existsSync(join(here, path)))),
  outdir: 'dist',
  bundle: true,
  // What both entries use is fetched once.
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  minify: true,
  legalComments: 'linked',
  metafile: true,
  define: { KINDLING_BUILD: JSON.stringify({ version, ...commit() }) },
  logLevel: 'warning',
  // A package without side effects imports a chunk of its own for nothing but them.
  logOverride: { 'ignored-bare-import': 'silent' },
});
/** The licences of what is in the bundle, which must go with it. */
function licences() {
  const folders = Object.keys(metafile.inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? []);
  const others = [...new Set(folders)].sort().map((folder) => {
    const file = readdirSync(join(here, folder)).find((name) => /^licen[cs]e/i.test(name));
    if (!file) throw new Error(`${folder} is in the page; expected a licence file in it. Next: add its licence to build.mjs by hand`);
    return [folder.replace(/^.*node_modules\//, ''), join(here, folder, file)];
  });
  return [['Kindling', join(here, '../../LICENSE')], ...others]
    .map(([name, path]) => `${name}\n\n${readFileSync(path, 'utf8').trim()}\n`)
    .join(`\n${'-'.repeat(72)}\n\n`);
}

if (existsSync(join(here, 'static'))) cpSync(join(here, 'static'), out, { recursive: true });
writeFileSync(join(out, LICENCES), licences());
await writePart(join(out, 'data', 'mnist-part'));

// What an earlier build left behind would be served along.
const own = new Set([...Object.keys(metafile.outputs).map((path) => join(here, path)), join(out, LICENCES)]);
const kept = (path) => own.has(path) || path.startsWith(join(out, 'data')) || existsSync(join(here, 'static', path.slice(out.length)));
for (const path of walk(out)) if (!kept(path)) rmSync(path);

const bytes = walk(out).reduce((sum, path) => sum + statSync(path).size, 0);
if (bytes > MOST_BYTES) throw new Error(`the page has ${bytes} bytes; expected at most ${MOST_BYTES}. Next: find what grew in ${out}`);
