import type { Feature } from './program.js';

/** A product that subgroups of an adapter can do in one instruction: [M,K]·[K,N], factors and sum of these types. */
export interface SubgroupMatrix {
  readonly componentType: string;
  readonly resultComponentType: string;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

/** What kernels may know of an adapter when a descriptor chooses a variant: plain facts, no device object. */
export interface Traits {
  /** True for a CPU implementation of WebGPU (lavapipe, SwiftShader): few wide cores, no real workgroup memory. */
  readonly software: boolean;
  /** Lanes of a subgroup where minimum and maximum agree, else 0. */
  readonly subgroupSize: number;
  readonly features: readonly Feature[];
  /** None without the feature chromium-experimental-subgroup-matrix. */
  readonly subgroupMatrices?: readonly SubgroupMatrix[];
  readonly maxStorageBufferBindingSize: number;
  readonly maxStorageBuffersPerShaderStage: number;
  readonly maxComputeWorkgroupStorageSize: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
}

/** WebGPU's guaranteed minimum: a choice made for these is valid everywhere. */
export const coreTraits: Traits = {
  software: false,
  subgroupSize: 0,
  features: [],
  maxStorageBufferBindingSize: 134_217_728,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
};
