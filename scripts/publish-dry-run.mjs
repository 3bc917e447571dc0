// `npm run release:dry`: `npm publish --dry-run` of every package that can be published, without a login and, unless --online is given, without the
// network. Prints what each tarball holds; exits 1 when npm refuses one, or a tarball would not work where it is installed. Build first.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { root, workspaces } from './packages.mjs';

const usage = `npm run release:dry -- [options]
  --online   also asks the registry whether the version is taken
  --json     one JSON document on stdout`;
let options;
try {
  const flag = { type: 'boolean', default: false };
  options = parseArgs({ options: { online: flag, json: flag, help: flag } }).values;
} catch (error) {
  console.error(`release:dry: ${error.message}\n${usage}`);
  process.exit(2);
}
if (options.help) {
  console.log(usage);
  process.exit(0);
}

const all = workspaces();
const versions = new Map(all.map(({ manifest: { name, version } }) => [name, version]));
const published = all.filter(({ manifest }) => !manifest.private);
const isPrivate = new Set(all.filter(({ manifest }) => manifest.private).map(({ manifest }) => manifest.name));

/** Paths that a manifest promises to whoever installs the package. */
const promised = ({ exports = {}, bin = {}, kindling = {} }) =>
  [...Object.values(exports).flatMap((target) => Object.values(target)), ...Object.values(bin), ...Object.values(kindling.entries ?? {})]
    .filter((path) => !path.includes('*'))
    .map((path) => path.replace(/^\.\//, ''));

/** What is wrong with a tarball, in words. */
function faults(manifest, files) {
  const has = new Set(files);
  const found = promised(manifest)
    .filter((path) => !has.has(path))
    .map((path) => `names ${path}, which the tarball lacks: build it (npm run build)`);
  for (const path of files) if (/\.test\.|(^|\/)(src|node_modules)\//.test(path)) found.push(`holds ${path}, which no user needs`);
  for (const [name, range] of Object.entries(manifest.dependencies ?? {})) {
    if (isPrivate.has(name)) found.push(`depends on ${name}, which is private`);
    else if (versions.has(name) && range.replace(/^\^/, '') !== versions.get(name)) {
      found.push(`depends on ${name} ${range}, and this clone has ${versions.get(name)}: npm run release:version writes both`);
    }
  }
  return found;
}

const run = promisify(execFile);
async function dryRun({ folder, manifest }) {
  const { name, version } = manifest;
  const args = ['publish', '--dry-run', '--json', '--ignore-scripts', '--access', 'public', '--loglevel', 'error'];
  if (!options.online) args.push('--offline');
  if (version.includes('-')) args.push('--tag', 'next');
  try {
    const { stdout } = await run('npm', args, { cwd: join(root, folder), maxBuffer: 2 ** 26 });
    const answer = JSON.parse(stdout);
    const { size, unpackedSize, files } = answer.files ? answer : answer[name];
    const paths = files.map(({ path }) => path);
    return { name, version, folder, files: paths.length, size, unpackedSize, faults: faults(manifest, paths) };
  } catch (error) {
    const said = `${error.stderr ?? ''}`.trim() || error.message;
    return { name, version, folder, files: 0, size: 0, unpackedSize: 0, faults: [`npm publish --dry-run: ${said}`] };
  }
}

const packages = [];
for (const entry of published) packages.push(await dryRun(entry));
const failed = packages.filter((entry) => entry.faults.length > 0);
if (options.json) console.log(JSON.stringify({ packages }));
else {
  const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(10);
  for (const { name, version, files, size, unpackedSize } of packages) {
    console.log(
      `${name.padEnd(20)} ${version.padEnd(8)} ${String(files).padStart(4)} files ${kB(size)} packed ${kB(unpackedSize)} unpacked`,
    );
  }
  console.log(`${packages.length - failed.length} of ${packages.length} packages can be published; nothing was sent`);
}
for (const { name, faults: found } of failed) for (const fault of found) console.error(`${name}: ${fault}`);
process.exit(failed.length > 0 ? 1 : 0);
