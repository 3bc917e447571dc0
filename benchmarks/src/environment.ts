import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, totalmem } from 'node:os';
import { dirname, join } from 'node:path';

/** What a record says about the machine and the moment. */
export interface Environment {
  readonly date: string;
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly commit: string;
  /** Load averages over 1, 5 and 15 minutes when the run began. */
  readonly loadBefore: readonly number[];
}

function commit(): string {
  try {
    const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return git('rev-parse', 'HEAD') + (git('status', '--porcelain') === '' ? '' : ' with changes');
  } catch {
    return 'unknown';
  }
}

export function environment(): Environment {
  return {
    date: new Date().toISOString(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    commit: commit(),
    loadBefore: loadavg(),
  };
}

/** Version of an installed package, `unknown` where its manifest is out of reach. */
export function versionOf(name: string): string {
  const { resolve } = createRequire(import.meta.url);
  // The main file's folder or one above holds the manifest; `name/package.json` itself is often not exported.
  const paths = [() => resolve(`${name}/package.json`), () => resolve(name)];
  for (const path of paths) {
    try {
      for (let folder = dirname(path()); folder !== dirname(folder); folder = dirname(folder)) {
        const manifest = readManifest(join(folder, 'package.json'));
        if (manifest?.name === name) return manifest.version;
      }
    } catch {
      // The next way may work.
    }
  }
  return 'unknown';
}

function readManifest(path: string): { name: string; version: string } | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
