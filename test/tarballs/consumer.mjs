// A consumer's project in an empty folder, as packages/kernels/README.md builds it: its files and commands as they stand.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { blocksOf } from './guide.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The page's blocks: `files` by name, and `commands` one a block, without those that run in the clone. */
export function consumerParts(page = readFileSync(join(root, 'packages/kernels/README.md'), 'utf8')) {
  const blocks = blocksOf(page);
  return {
    files: Object.fromEntries(blocks.flatMap(({ kind, name, text }) => (kind === 'file' ? [[name, text]] : []))),
    commands: blocks.flatMap(({ kind, text, where }) => (kind === 'commands' && where === 'folder' ? [text] : [])),
  };
}

/** Packs workspaces of the clone as npm would publish them. */
export function pack(workspaces, target) {
  mkdirSync(target, { recursive: true });
  const list = workspaces.flatMap((folder) => ['-w', folder]);
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', target, ...list], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return readdirSync(target).map((file) => join(target, file));
}

/**
 * What `npm install` does, without network, cache or lock: each tarball unpacked below node_modules, and the packages of others linked to those of the clone.
 * @throws where a tarball names a dependency that is neither among the tarballs nor in the clone
 */
export function install(folder, tarballs, tools = []) {
  const modules = join(folder, 'node_modules');
  const wanted = new Set(tools);
  const unpacked = new Set();
  for (const tarball of tarballs) {
    const place = join(modules, '.unpacked');
    mkdirSync(place, { recursive: true });
    execFileSync('tar', ['-xzf', tarball, '-C', place]);
    const manifest = JSON.parse(readFileSync(join(place, 'package/package.json'), 'utf8'));
    const target = join(modules, manifest.name);
    mkdirSync(dirname(target), { recursive: true });
    execFileSync('mv', [join(place, 'package'), target]);
    rmSync(place, { recursive: true });
    unpacked.add(manifest.name);
    for (const name of Object.keys(manifest.dependencies ?? {})) wanted.add(name);
  }
  for (const name of wanted) {
    if (unpacked.has(name)) continue;
    if (name.startsWith('@kindling/')) throw new Error(`a tarball depends on ${name}, which is not among those installed`);
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
}

/** Writes the page's files. */
export function writeFiles(folder, files) {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}
