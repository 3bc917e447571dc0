import { InputError } from '@kindling/core';
import { buildPackage } from './build.js';
import { benchOf } from './cases/bench.js';
import { casesOf } from './cases/cases.js';
import type { KernelSpec } from './spec.js';
import { specs } from './specs/index.js';

/** What the export holds of one kernel. */
export interface KernelSummary {
  readonly name: string;
  readonly kind: KernelSpec['kind'];
  readonly folder: string;
  readonly variants: readonly string[];
  readonly shaders: number;
  readonly cases: number;
  readonly bench: number;
  readonly bytes: number;
}

/** A kernel's files by path below its folder. */
export interface KernelFolder {
  readonly summary: KernelSummary;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

export const kernelNames: readonly string[] = Object.keys(specs);

/** @throws InputError for a name that is none of `kernelNames` */
export function requireNames(names: readonly string[]): readonly string[] {
  const unknown = names.filter((name) => !Object.hasOwn(specs, name));
  if (unknown.length === 0 && names.length > 0) return [...new Set(names)];
  throw new InputError({
    subject: '--ops',
    got: unknown.join(', ') || 'no name',
    expected: `names with commas between, of ${kernelNames.join(', ')}`,
    next: 'leave --ops out to export every kernel',
  });
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;

/** Everything that is written for one kernel. */
export function exportKernel(name: string, version: string): KernelFolder {
  const spec = specs[name]!;
  const { manifest, shaders } = buildPackage(spec, version);
  const { cases, files } = casesOf(specs, spec, manifest);
  const { bench, files: benchFiles } = benchOf(spec);
  const below = (folder: string, list: Readonly<Record<string, Uint8Array>>) =>
    Object.fromEntries(Object.entries(list).map(([path, bytes]) => [`${folder}/${path}`, bytes]));
  const all: Record<string, string | Uint8Array> = {
    'manifest.json': json(manifest),
    ...shaders,
    'cases/cases.json': json({ cases }),
    ...below('cases', files),
    'bench/bench.json': json({ bench }),
    ...below('bench', benchFiles),
  };
  const summary: KernelSummary = {
    name,
    kind: spec.kind,
    folder: name,
    variants: manifest.variants.map((variant) => variant.name),
    shaders: Object.keys(shaders).length,
    cases: cases.length,
    bench: bench.length,
    bytes: Object.values(all).reduce(
      (sum, file) => sum + (typeof file === 'string' ? new TextEncoder().encode(file).length : file.length),
      0,
    ),
  };
  return { summary, files: all };
}
