// The workspaces as they stand in their manifests, in one place for the scripts that release them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone's root. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** Every workspace: `folder` relative to the root, and its manifest. */
export function workspaces(from = root) {
  const { workspaces: patterns } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'));
  return patterns
    .flatMap((pattern) =>
      pattern.endsWith('/*') ? readdirSync(join(from, pattern.slice(0, -2))).map((name) => `${pattern.slice(0, -2)}/${name}`) : [pattern],
    )
    .filter((folder) => existsSync(join(from, folder, 'package.json')))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(from, folder, 'package.json'), 'utf8')) }));
}
