// node scripts/pack-packages.mjs FOLDER: packs every package that can be published, as npm would publish it. Build first: `npm ci` does.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifestOf = (folder) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));

/** Folders of the packages that can be published. */
const published = ['shaders', ...readdirSync(join(root, 'packages')).map((name) => join('packages', name))].filter(
  (folder) => existsSync(join(root, folder, 'package.json')) && !manifestOf(folder).private,
);

const [target] = process.argv.slice(2);
if (!target) {
  console.error('pack-packages: got no folder; expected where the tarballs go. Next: node scripts/pack-packages.mjs ../kindling-tarballs');
  process.exit(2);
}
const unbuilt = published.find((folder) => !existsSync(join(root, folder, 'dist')));
if (unbuilt) {
  console.error(`pack-packages: ${unbuilt}: got no dist; expected a built package. Next: npm run build`);
  process.exit(2);
}
mkdirSync(target, { recursive: true });
const arguments_ = [
  'pack',
  '--ignore-scripts',
  '--silent',
  '--pack-destination',
  resolve(target),
  ...published.flatMap((folder) => ['-w', folder]),
];
execFileSync('npm', arguments_, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
console.log(`${published.length} tarballs in ${target}`);
