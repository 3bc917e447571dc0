import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { kernelWork } from './index.js';

describe('kernelWork', () => {
  it('knows every kernel that a descriptor of this package names', () => {
    const root = fileURLToPath(new URL('..', import.meta.url));
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('descriptor.ts'));
    const texts = files.map((path) => readFileSync(join(root, path), 'utf8'));
    const names = texts.flatMap((text) => [...text.matchAll(/\bname: ['`]([a-z0-9_-]+\/[^'`.$]*)/g)].map(([, name]) => name!));
    expect(names.length).toBeGreaterThan(40);
    const known = (name: string): boolean =>
      name in kernelWork ||
      name.split('/')[0]! in kernelWork ||
      // A name that ends in a substitution: some of the folder's kernels must be there.
      (/[/_]$/.test(name) && Object.keys(kernelWork).some((key) => key.startsWith(name)));
    expect(names.filter((name) => !known(name))).toEqual([]);
  });
});
