import type { Feature } from './program.js';

/** What kernels may know of an adapter when a descriptor chooses a variant: plain facts, no device object. */
export interface Traits {
  /** True for a CPU implementation of WebGPU (lavapipe, SwiftShader): few wide cores, no real workgroup memory. */
  readonly software: boolean;
  /** Lanes of a subgroup where minimum and maximum agree, else 0. */
  readonly subgroupSize: number;
  readonly features: readonly Feature[];
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
