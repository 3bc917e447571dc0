import type { AttributeSpec, Contents } from './spec.js';

/** One binding of a pass. */
export interface ManifestBinding {
  readonly index: number;
  readonly name: string;
  readonly access: 'uniform' | 'read' | 'read_write';
  readonly wgsl_type: string;
  /** Which tensor to bind; absent for the uniform. */
  readonly tensor?: string;
  /** Which one where that is missing: the kernel does not read it. */
  readonly instead?: string;
}

export interface ManifestPass {
  readonly shader: string;
  readonly entry_point: string;
  readonly when?: string;
  readonly constants: Readonly<Record<string, string>>;
  readonly bindings: readonly ManifestBinding[];
  readonly uniform?: {
    readonly bytes: number;
    readonly fields: readonly {
      readonly name: string;
      readonly type: 'u32' | 'i32' | 'f32';
      readonly offset: number;
      readonly value: string;
    }[];
  };
  /** Named `count` in `workgroups`. */
  readonly count?: string;
  readonly workgroups: readonly [string, string, string];
  readonly limits: { readonly storage_buffers: number; readonly workgroup_invocations: number; readonly workgroup_bytes: number };
}

export interface ManifestLoop {
  readonly variable: string;
  readonly values: string;
  readonly passes: readonly (ManifestPass | ManifestLoop)[];
}

export type ManifestStep = ManifestPass | ManifestLoop;

export interface ManifestTensor {
  readonly name: string;
  readonly role: 'input' | 'output';
  readonly axes: string;
  readonly element: string;
  readonly shape?: string;
  readonly parts: string;
  readonly per_model: boolean;
  readonly optional: boolean;
  readonly changed: boolean;
  readonly scratch: boolean;
  readonly written: string;
  readonly contents: Contents;
}

export interface ManifestRule {
  readonly that: string;
  readonly otherwise: string;
}

export interface ManifestVariant {
  readonly name: string;
  /** Features that its WGSL enables. */
  readonly features: readonly string[];
  readonly needs: readonly ManifestRule[];
  readonly passes: readonly ManifestStep[];
}

/** `manifest.json` of one kernel; schema/kernel-package.schema.json and docs/kernel-packages.md say what each entry means. */
export interface Manifest {
  readonly $schema: string;
  readonly format: 'kindling-kernel';
  readonly version: 1;
  readonly name: string;
  readonly kind: 'op' | 'gradient' | 'optimizer' | 'evaluation';
  readonly summary: string;
  readonly license: 'MIT';
  readonly source: { readonly package: string; readonly version: string };
  readonly attributes: Readonly<Record<string, AttributeSpec>>;
  readonly tensors: readonly ManifestTensor[];
  readonly definitions: Readonly<Record<string, string>>;
  readonly requires: readonly ManifestRule[];
  readonly variants: readonly ManifestVariant[];
  readonly choose: readonly { readonly when: string; readonly variant: string }[];
  readonly cases: 'cases/cases.json';
  readonly bench: 'bench/bench.json';
}
