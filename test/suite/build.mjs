// Bundles the tests of kernels, datagen, autograd and profile for places without Node: sources, WGSL and fixtures become one ES module.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const here = join(root, 'test/suite');
/** Ignored by git, as every `dist`. */
export const out = join(root, 'test/dist/suite');
export const packages = ['kernels', 'datagen', 'autograd', 'profile'];

const walk = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : [path];
  });

/** What this bundle has instead of Node's modules: enough to read fixtures. */
const substitutes = {
  'node:fs': `import { embedded } from 'suite:fixtures';
export function readFileSync(path, encoding) {
  const text = embedded[path];
  if (text === undefined) throw new Error(path + ' is not embedded');
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return encoding === undefined ? bytes : new TextDecoder().decode(bytes);
}`,
  'node:url': `export const fileURLToPath = (url) => decodeURIComponent(new URL(url).pathname);`,
};

/** The bundle's source map, which lies beside it. */
const fetchedMap = `export default await (await fetch(new URL('suite.js.map', import.meta.url))).json();`;
const mapOnDisk = `import { readFileSync } from 'node:fs';
export default JSON.parse(readFileSync(new URL('suite.js.map', import.meta.url), 'utf8'));`;

/** Why a test file cannot run outside of Node, or undefined. */
function obstacle(text) {
  const missing = [...text.matchAll(/from '(node:[^']+)'/g)].map(([, name]) => name).filter((name) => !(name in substitutes));
  if (missing.length > 0) return `needs ${missing.join(', ')}`;
  return /import \{[^}]*\bvi\b[^}]*\} from 'vitest'/.test(text) ? "needs vitest's vi" : undefined;
}

/** The test files, by path from the root: those that can run anywhere, and the others with the reason. */
export function testFiles(names = packages) {
  const all = names.flatMap((name) => walk(join(root, `packages/${name}/src`))).filter((path) => path.endsWith('.test.ts'));
  const portable = [];
  const skipped = [];
  for (const path of all.sort()) {
    const file = relative(root, path);
    const reason = obstacle(readFileSync(path, 'utf8'));
    if (reason === undefined) portable.push(file);
    else skipped.push({ file, reason });
  }
  return { portable, skipped };
}

/** Folders that tests name as `new URL('…/', import.meta.url)`, with all they hold, below `base` in place of the root. */
function fixtures(files, base) {
  const folders = new Set();
  for (const file of files) {
    const path = join(root, file);
    for (const [, folder] of readFileSync(path, 'utf8').matchAll(/new URL\('([^']+\/)', import\.meta\.url\)/g)) {
      folders.add(join(dirname(path), folder));
    }
  }
  return Object.fromEntries([...folders].flatMap(walk).map((path) => [path.replace(root, base), readFileSync(path).toString('base64')]));
}

// vitest's runner and matchers come as vitest's own dependencies, so that their versions always agree.
const vitest = createRequire(createRequire(join(here, 'build.mjs')).resolve('vitest/package.json'));
const source = (path) => ({ path: join(root, path) });

/** Sources of every package in place of what is built of them, and WGSL as text. */
export const fromSources = {
  name: 'sources',
  setup({ onResolve }) {
    onResolve({ filter: /^@kindling\/shaders\// }, ({ path }) => source(`${path.replace('@kindling/', '')}.wgsl`));
    onResolve({ filter: /^@kindling\/[a-z]+(\/[a-z-]+)?$/ }, ({ path }) => {
      const [, name, entry = 'index'] = path.split('/');
      return source(`packages/${name}/src/${entry}.ts`);
    });
  },
};

/**
 * What the suite needs beside its sources: the test files, a small vitest, fixtures.
 * @param inNode adapters come from Dawn, and only what test files read is embedded; @param base stands for the root in names of files
 */
export const suitePlugin = (files, { inNode = false, base = root } = {}) => ({
  name: 'suite',
  setup({ onResolve, onLoad }) {
    if (!inNode) onResolve({ filter: /^@kindling\/device\/node$/ }, () => source('packages/device/src/node-absent.ts'));
    onResolve({ filter: /^vitest$/ }, () => source('test/suite/vitest-shim.mjs'));
    onResolve({ filter: /^(@vitest\/(runner|expect|utils\/source-map)|chai)$/ }, ({ path, importer }) =>
      importer.startsWith(here) ? { path: vitest.resolve(path) } : undefined,
    );
    onResolve({ filter: /^suite:/ }, ({ path }) => ({ path, namespace: 'suite' }));
    onResolve({ filter: /^node:/ }, ({ path, importer }) =>
      path in substitutes && (!inNode || importer.endsWith('.test.ts')) ? { path, namespace: 'suite' } : { path, external: true },
    );
    onLoad({ filter: /.*/, namespace: 'suite' }, ({ path }) => {
      if (path === 'suite:fixtures') return { contents: `export const embedded = ${JSON.stringify(fixtures(files, base))}` };
      if (path === 'suite:map') return { contents: inNode ? mapOnDisk : fetchedMap };
      if (path !== 'suite:files') return { contents: substitutes[path] };
      const entries = files.map((file) => `${JSON.stringify(file)}: () => import(${JSON.stringify(join(root, file))})`);
      return { contents: `export const files = {${entries.join(',\n')}}`, resolveDir: root };
    });
    onLoad({ filter: /\.test\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', JSON.stringify(`file://${path.replace(root, base)}`)),
      loader: 'ts',
    }));
  },
});

/** Writes `suite.js` and its source map; it exports `run(file)` and `adapters()`; returns what `testFiles()` does. */
export async function bundle() {
  const { portable, skipped } = testFiles();
  await build({
    entryPoints: { suite: join(here, 'run-here.mjs') },
    outdir: out,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    loader: { '.wgsl': 'text' },
    // A page has no `process`; tests may ask for a variable that is not set there.
    banner: { js: 'globalThis.process ??= { env: {} };' },
    // For run-here.mjs, which names lines of the sources in stacks.
    sourcemap: 'external',
    sourcesContent: false,
    logLevel: 'warning',
    absWorkingDir: root,
    plugins: [suitePlugin(portable), fromSources],
  });
  return { portable, skipped };
}
