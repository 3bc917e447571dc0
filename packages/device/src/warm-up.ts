import type { Program } from '@kindling/core';
import type { Device } from './device.js';
import type { Compiled } from './pipelines.js';

/** Large enough for the fixed-size arrays and structs that a kernel may declare; a runtime-sized array takes any size. */
const SCRATCH_BYTES = 4096;

/**
 * Dispatches zero workgroups of each program: the driver compiles, no invocation runs. Measured on lavapipe (Mesa 25.0, disk cache
 * off): the zero dispatch takes the 450 to 1700 ms that the first real one would, and the first real one then 5 ms.
 * Indirect, because Dawn prints a warning for each direct dispatch of zero workgroups.
 * Where scratch bindings do not fit a program (a fixed-size binding larger than 4 KiB) the first real dispatch compiles.
 */
export async function warmUp(device: Device, programs: readonly Program[], compiled: (program: Program) => Compiled): Promise<void> {
  const { gpu } = device;
  const scratch: GPUBuffer[] = [];
  const make = (usage: GPUBufferUsageFlags): GPUBuffer => {
    const buffer = gpu.createBuffer({ label: 'warm-up', size: SCRATCH_BYTES, usage });
    scratch.push(buffer);
    return buffer;
  };
  const noWorkgroups = make(GPUBufferUsage.INDIRECT);
  // One buffer a binding: a writable buffer may be bound only once in a dispatch.
  const byIndex: GPUBuffer[] = [];
  const checks: Promise<unknown>[] = [];
  for (const program of programs) {
    const { pipeline, layout } = compiled(program);
    gpu.pushErrorScope('validation');
    const entries = program.bindings.map((_, binding) => {
      byIndex[binding] ??= make(GPUBufferUsage.STORAGE | GPUBufferUsage.UNIFORM);
      return { binding, resource: { buffer: byIndex[binding] } };
    });
    const encoder = gpu.createCommandEncoder({ label: `warm-up ${program.name}` });
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, gpu.createBindGroup({ label: 'warm-up', layout, entries }));
    pass.dispatchWorkgroupsIndirect(noWorkgroups, 0);
    pass.end();
    gpu.queue.submit([encoder.finish()]);
    // Taken off the stack and dropped: a warm-up that does not fit is not an error.
    checks.push(gpu.popErrorScope());
  }
  await device.patiently(Promise.all([gpu.queue.onSubmittedWorkDone(), ...checks]));
  for (const buffer of scratch) buffer.destroy();
}
