// `npm run release:version`: turns the files in .changeset into one version for every package, and `Unreleased` of CHANGELOG.md into that version's
// section, opened by what the files say. Writes manifests, the lock and the changelog; commits nothing.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, workspaces } from './packages.mjs';

const heading = '## Unreleased\n';
const stop = (message) => {
  console.error(`release:version: ${message}`);
  process.exit(2);
};

const folder = join(root, '.changeset');
const pending = readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md');
if (pending.length === 0) stop('.changeset: got no change to release; expected at least one. Next: npx changeset');
const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
if (!changelog.includes(heading))
  stop('CHANGELOG.md: got no line “## Unreleased”; expected one above what is to be released. Next: add it');
const summaries = pending.map((name) => readFileSync(join(folder, name), 'utf8').split(/^---$/m).slice(2).join('---').trim());

const run = (command, ...args) => execFileSync(command, args, { cwd: root, stdio: 'inherit' });
run(process.execPath, join(root, 'node_modules/@changesets/cli/bin.js'), 'version');

const versions = new Map(workspaces().map(({ manifest }) => [manifest.name, manifest.version]));
if (new Set(versions.values()).size !== 1)
  stop(`the packages have versions ${JSON.stringify([...versions])}; expected one for all. Next: see “fixed” in .changeset/config.json`);
const version = versions.get('kindling');
const date = new Date().toISOString().slice(0, 10);
const section = `${heading}\n## ${version} (${date})\n\n${summaries.map((text) => `- ${text.replaceAll('\n', '\n  ')}`).join('\n')}\n`;
writeFileSync(
  join(root, 'CHANGELOG.md'),
  changelog.replace(heading, () => section),
);
run('npm', 'install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline');
run(process.execPath, 'scripts/complete-lock.mjs');
console.log(`every package is at ${version}. Next: npm test && npm run release:dry, commit, tag v${version}`);
