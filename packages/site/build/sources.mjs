// Which Markdown of the clone becomes which page, and where other files that pages link to are copied.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone's root. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));

export const readText = (path) => readFileSync(join(root, path), 'utf8');
export const exists = (path) => existsSync(join(root, path));
export const isFolder = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory() ?? false;

/** Paths of all files below a folder, relative to the root, sorted. */
export function filesBelow(folder) {
  if (!isFolder(folder)) return [];
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !['node_modules', 'dist', '.turbo'].includes(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = posix.join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    });
}

/** Whether a file is one that people read: a folder of code may hold what was built from it, too. */
export const isSource = (path) => /\.(m?[jt]s|[ch]|wgsl|md|json|html|css|sh|svg|png)$/.test(path);

const RECORDS = 'benchmarks/records/';
/** The guide's pages that stand elsewhere than in docs/, in the order in which they are listed after those. */
const elsewhere = {
  'benchmarks/README.md': 'benchmarks.html',
  'examples/README.md': 'examples.html',
  'DEV.md': 'developers.html',
  'CHANGELOG.md': 'changelog.html',
  'LICENSES.md': 'licences.html',
};

/** The page's place in the site; undefined for Markdown that has none. */
export function pageOf(path) {
  if (path === 'README.md') return 'index.html';
  if (path === 'docs/experiments.md') return 'experiments.html';
  if (path in elsewhere) return elsewhere[path];
  // A record without a README is its other page.
  const record = /^(benchmarks\/records\/[^/]+)\/[^/]+\.md$/.exec(path)?.[1];
  if (record && record !== RECORDS.slice(0, -1) && !exists(`${record}/README.md`)) return `records/${posix.basename(record)}/index.html`;
  const inner = (folder) =>
    path.startsWith(folder) && path.endsWith('.md') && path.slice(folder.length, -3).replace(/(^|\/)README$/, '$1index');
  const packageName = /^packages\/([a-z-]+)\/README\.md$/.exec(path)?.[1];
  if (packageName) return `packages/${packageName}.html`;
  const example = /^examples\/([a-z-]+)\/README\.md$/.exec(path)?.[1];
  if (example) return `examples/${example}.html`;
  for (const [folder, place] of [
    [RECORDS, 'records/'],
    ['docs/families/', 'families/'],
    ['docs/', 'guide/'],
  ]) {
    const name = inner(folder);
    if (name) return `${place}${name}.html`;
  }
  return undefined;
}

/** Where a linked file that is no page is copied. Sources get `.txt`, as web servers take .ts for video and offer .sh for download. */
export function copyOf(path) {
  if (path.startsWith(RECORDS)) return `records/${path.slice(RECORDS.length)}`;
  if (path.startsWith('docs/families/')) return `families/${path.slice('docs/families/'.length)}`;
  return `files/${path}${/\.(png|svg|json|html|txt)$/.test(path) ? '' : '.txt'}`;
}

/** Every Markdown file that is a page. */
export function markdownPages() {
  const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`);
  const found = [
    'README.md',
    ...filesBelow('docs'),
    ...packages,
    ...filesBelow('examples'),
    ...filesBelow('benchmarks/records'),
    ...Object.keys(elsewhere),
  ];
  return [...new Set(found)].filter((path) => path.endsWith('.md') && exists(path) && pageOf(path) !== undefined);
}
