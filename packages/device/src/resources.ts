import { type Feature, InputError, type SubgroupMatrix, type Traits } from '@kindling/core';

/** Facts about a device for descriptors that choose a variant. */
export function traitsOf(gpu: GPUDevice, software: boolean): Traits {
  const { subgroupMinSize = 0, subgroupMaxSize = 0 } = gpu.adapterInfo ?? {};
  const known: readonly Feature[] = ['subgroups', 'shader-f16', 'chromium-experimental-subgroup-matrix'];
  const features = known.filter((feature) => gpu.features.has(feature));
  const { limits } = gpu;
  return {
    software,
    subgroupSize: features.includes('subgroups') && subgroupMinSize === subgroupMaxSize ? subgroupMinSize : 0,
    features,
    ...(features.includes('chromium-experimental-subgroup-matrix') ? { subgroupMatrices: matricesOf(gpu.adapterInfo) } : {}),
    maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
    maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
    maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
    maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
  };
}

/** Not in WebGPU's types yet. */
type MatrixInfo = GPUAdapterInfo & { readonly subgroupMatrixConfigs?: Iterable<SubgroupMatrix> };

const matricesOf = (info: MatrixInfo | undefined): SubgroupMatrix[] =>
  [...(info?.subgroupMatrixConfigs ?? [])].map(({ componentType, resultComponentType, M, N, K }) => ({
    componentType,
    resultComponentType,
    M,
    N,
    K,
  }));

/** `byteLength` rounded up to a multiple of 4. @throws InputError unless it is a positive whole number up to `limit`. */
export function checkSize(label: string, byteLength: number, limit: number, adapter: string): number {
  const size = Math.ceil(byteLength / 4) * 4;
  if (Number.isInteger(byteLength) && byteLength > 0 && size <= limit) return size;
  const tooLarge = size > limit;
  throw new InputError({
    subject: `buffer ${label}`,
    got: `${byteLength} bytes`,
    expected: tooLarge ? `at most ${limit} bytes (the limit of ${adapter})` : 'a positive whole number of bytes',
    next: tooLarge ? 'split the buffer, use a smaller batch or model, or an adapter with more memory' : 'check the shape',
  });
}

/** @throws InputError unless offset and length are multiples of `alignment` and the range lies inside the buffer. */
export function checkRange(action: string, buffer: GPUBuffer, offset: number, length: number, alignment: 1 | 4): void {
  const whole = [offset, length].every((value) => Number.isInteger(value) && value >= 0 && value % alignment === 0);
  if (whole && offset + length <= buffer.size) return;
  throw new InputError({
    subject: `${action} of buffer ${buffer.label || '(no label)'}`,
    got: `${length} bytes at offset ${offset}`,
    expected: `a range within its ${buffer.size} bytes${alignment === 4 ? ', offset and length multiples of 4' : ''}`,
    next: 'correct the range',
  });
}

/** Buffers to destroy at the end; held weakly, so that one which is dropped can still be collected. */
export class OwnBuffers {
  readonly #refs = new Set<WeakRef<GPUBuffer>>();
  readonly #collected = new FinalizationRegistry<WeakRef<GPUBuffer>>((ref) => this.#refs.delete(ref));

  add(buffer: GPUBuffer): void {
    const ref = new WeakRef(buffer);
    this.#refs.add(ref);
    this.#collected.register(buffer, ref);
  }

  destroy(): void {
    for (const ref of this.#refs) ref.deref()?.destroy();
    this.#refs.clear();
  }
}
