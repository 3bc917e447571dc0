import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const manifest = (path: string | URL): { version: string } => JSON.parse(readFileSync(path, 'utf8'));

/** Versions that a result may depend on; `webgpu` is the npm package with Dawn in it. */
export function versions(): { kindling: string; node: string; webgpu: string } {
  // Asked from where the device package lies, which is the one that depends on it.
  const fromDevice = createRequire(createRequire(import.meta.url).resolve('@kindling/device'));
  return {
    kindling: manifest(new URL('../package.json', import.meta.url)).version,
    node: process.versions.node,
    webgpu: manifest(fromDevice.resolve('webgpu/package.json')).version,
  };
}

/** The commit of the clone that this program runs from, and whether its tracked files were changed; null outside of a clone. */
export function commit(): { commit: string; modified: boolean } | null {
  const here = dirname(fileURLToPath(import.meta.url));
  // Installed as a dependency, the folder may lie in somebody else's repository.
  if (here.includes('node_modules')) return null;
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: here, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return { commit: git('rev-parse', 'HEAD'), modified: git('status', '--porcelain', '--untracked-files=no') !== '' };
  } catch {
    return null;
  }
}
