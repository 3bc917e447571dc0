import type { Device } from '@kindling/device';

/**
 * A GPUDevice's methods without the meter, the ledger or whoever else stands in front of them: what a profiler moves for itself is nobody's
 * traffic.
 */
export interface Raw {
  createBuffer(descriptor: GPUBufferDescriptor): GPUBuffer;
  createQuerySet(descriptor: GPUQuerySetDescriptor): GPUQuerySet;
  createCommandEncoder(): GPUCommandEncoder;
  submit(buffers: readonly GPUCommandBuffer[]): void;
}

export function rawOf({ gpu }: Device): Raw {
  const device = Object.getPrototypeOf(gpu) as GPUDevice;
  const { queue } = gpu;
  const ofQueue = Object.getPrototypeOf(queue) as GPUQueue;
  return {
    createBuffer: (descriptor) => device.createBuffer.call(gpu, descriptor),
    createQuerySet: (descriptor) => device.createQuerySet.call(gpu, descriptor),
    createCommandEncoder: () => device.createCommandEncoder.call(gpu, {}),
    submit: (buffers) => ofQueue.submit.call(queue, [...buffers]),
  };
}
