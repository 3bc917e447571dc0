// Looks at every package that can be published as npm would publish it: its manifest, what the tarball holds, its README, publint, and whether types
// and code resolve (attw). Exits 1 when there is a complaint. Build first.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

/** `esm-only` of attw: nobody requires these packages, and no resolution of before `exports` is served. */
const IGNORED = ['node10', 'node16-cjs'];
const README_LINES = 250;

const complaints = [];
const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const folders = ['shaders', ...readdirSync('packages').map((name) => join('packages', name))].filter(
  (folder) => !manifestOf(folder).private,
);
const licence = readFileSync('LICENSE', 'utf8');

/** The files that a target of `exports` or `bin` names. */
const targets = (value) => (typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap(targets));

function checkManifest(
  { name, version, description, license, type, sideEffects, exports, bin, files, dependencies = {} },
  paths,
  complain,
) {
  if (!/^\S.{19,}$/.test(description ?? '')) complain('description: says too little');
  if (license !== 'MIT') complain(`license: ${license}`);
  if (type !== 'module') complain(`type: ${type}`);
  if (sideEffects !== false) complain('sideEffects: not false, so that bundles keep all of it');
  if (!Array.isArray(files)) complain('files: missing');
  if (version !== manifestOf('packages/core').version) complain(`version: ${version}, and @kindling/core has another`);
  for (const target of [...targets(exports), ...targets(bin)].filter((path) => !path.includes('*'))) {
    if (!paths.includes(target.replace('./', ''))) complain(`names ${target}, which the tarball lacks`);
  }
  for (const [dependency, range] of Object.entries(dependencies)) {
    if (/^(file|link|workspace|git|https?):/.test(range)) complain(`dependencies.${dependency}: ${range} is nothing to publish`);
    const own = folders.map(manifestOf).find((manifest) => manifest.name === dependency);
    if (dependency.startsWith('@kindling/') && !own) complain(`dependencies.${dependency}: is not published`);
  }
  return name;
}

function checkContents(paths, { exports }, complain) {
  const tests = exports?.['./testing'] ? /\.test\.|(^|\/)(src|test|node_modules)\// : /\.test\.|(^|\/)(src|test|testing|node_modules)\//;
  for (const wanted of ['package.json', 'README.md', 'LICENSE']) if (!paths.includes(wanted)) complain(`lacks ${wanted}`);
  for (const path of paths) {
    const fits = /^(package\.json|[A-Z]+\.md|LICENSE|dist\/.*\.(js|d\.ts)|bin\/[\w-]+\.js|[\w-]+(\/[\w-]+)*\/[\w.-]+\.wgsl)$/.test(path);
    if (!fits || tests.test(path)) complain(`holds ${path}`);
  }
}

/** A title, few lines, and imports of names that the packages have. */
async function checkReadme(folder, name, complain) {
  const text = readFileSync(join(folder, 'README.md'), 'utf8');
  if (text.split('\n')[0] !== `# ${name}`) complain(`README.md: begins with ${text.split('\n')[0]}, not "# ${name}"`);
  if (text.split('\n').length > README_LINES) complain(`README.md: more than ${README_LINES} lines`);
  for (const [, names, from] of text.matchAll(/import \{([^}]*)\} from '(@kindling\/[\w/]+)'/g)) {
    const module = await import(import.meta.resolve(from, new URL(`../${folder}/package.json`, import.meta.url)));
    for (const imported of names
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean)) {
      if (!imported.startsWith('type ') && !(imported in module)) complain(`README.md: imports ${imported}, which ${from} does not export`);
    }
  }
  if (readFileSync(join(folder, 'LICENSE'), 'utf8') !== licence) complain('LICENSE: differs from the one of this repository');
}

async function checkTypes(tarball, complain) {
  const { problems = [], types } = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
  if (!types) complain('attw: no types');
  for (const { kind, entrypoint, fileName, resolutionKind, resolutionOption } of problems) {
    const where = resolutionKind ?? resolutionOption;
    if (!IGNORED.includes(where)) complain(`attw: ${[kind, entrypoint ?? fileName, where].filter(Boolean).join(', ')}`);
  }
}

const place = mkdtempSync(join(tmpdir(), 'kindling-packages-'));
try {
  const list = folders.flatMap((folder) => ['-w', folder.replaceAll('\\', '/')]);
  const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 28 };
  const packed = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', place, ...list], options),
  );
  for (const folder of folders) {
    const manifest = manifestOf(folder);
    const complain = (message) => complaints.push(`${manifest.name}: ${message}`);
    const { filename, files } = Object.values(packed).find(({ name }) => name === manifest.name);
    const paths = files.map(({ path }) => path);
    // An ArrayBuffer of its own: small files share one.
    const tarball = new Uint8Array(readFileSync(join(place, filename.replace('@', '').replace('/', '-')))).buffer;
    checkManifest(manifest, paths, complain);
    checkContents(paths, manifest, complain);
    if (paths.includes('README.md')) await checkReadme(folder, manifest.name, complain);
    const { messages } = await publint({ strict: true, pack: { tarball } });
    for (const message of messages) complain(formatMessage(message, manifest));
    await checkTypes(tarball, complain);
  }
} finally {
  rmSync(place, { recursive: true, force: true });
}
for (const complaint of complaints) console.error(complaint);
console.log(`packages: ${folders.length} packed and looked at, ${complaints.length} complaints`);
process.exit(complaints.length > 0 ? 1 : 0);
