import { defineProgram, foldWorkgroups, type Program } from '@kindling/core';
import copy from '@kindling/shaders/ceiling/copy';
import fill from '@kindling/shaders/ceiling/fill';
import fma from '@kindling/shaders/ceiling/fma';
import type { Host } from '../host.js';

/** A probe of the adapter: `work` operations or bytes a dispatch. */
export interface Probe {
  readonly name: string;
  readonly unit: 'GFLOP/s' | 'GB/s';
  readonly work: number;
  run(times: number): Promise<void>;
  destroy(): void;
}

const WORKGROUP = 64;
const ROUNDS = 256;
/** Larger than any cache, smaller than the smallest binding limit. */
const BYTES = 64 * 2 ** 20;

function probe(host: Host, name: string, unit: Probe['unit'], work: number, program: Program, buffers: Record<string, GPUBuffer>): Probe {
  const { device } = host;
  const group = device.bindGroup(program, buffers);
  return {
    name,
    unit,
    work,
    async run(times) {
      device.submit((encoder) => {
        const pass = encoder.beginComputePass();
        for (let i = 0; i < times; i++) device.dispatch(pass, program, group);
        pass.end();
      });
      await host.settle(device.gpu);
    },
    destroy() {
      for (const buffer of Object.values(buffers)) buffer.destroy();
    },
  };
}

/**
 * Workgroups of the bandwidth probes. CPU adapters pay for each: measured on lavapipe under load, fill of 64 MiB with one vector an invocation
 * 3.3 GB/s, with this 11 to 14; copy 4.8 and 17.
 */
const lanes = (software: boolean) => (software ? { size: 8, vectors: 64, most: 256 } : { size: 64, vectors: 4, most: 2 ** 30 });

function bandwidthProgram(host: Host, name: 'fill' | 'copy', vectors: number): Program {
  const { size, vectors: each, most } = lanes(host.device.info.software);
  return defineProgram({
    name: `ceiling/${name}`,
    source: { path: `ceiling/${name}.wgsl`, text: name === 'fill' ? fill : copy },
    constants: { workgroup_size: size },
    params: { n: vectors },
    workgroups: foldWorkgroups(Math.min(most, Math.ceil(vectors / (size * each)))),
  });
}

/** Bytes written a second by the simplest kernel there is. @param bytes of the buffer, a multiple of 16 */
export async function fillProbe(host: Host, bytes = BYTES, name = 'fill'): Promise<Probe> {
  const program = bandwidthProgram(host, 'fill', bytes / 16);
  await host.device.compile([program]);
  return probe(host, name, 'GB/s', bytes, program, { y: host.device.buffer('y', bytes) });
}

/** The same for bytes copied, each counted twice: once read, once written. */
export async function copyProbe(host: Host, bytes = BYTES): Promise<Probe> {
  const { device } = host;
  const program = bandwidthProgram(host, 'copy', bytes / 16);
  await device.compile([program]);
  return probe(host, 'copy, read + written', 'GB/s', 2 * bytes, program, { x: device.buffer('x', bytes), y: device.buffer('y', bytes) });
}

/** The adapter's own ceilings: multiply-adds in registers, and bytes written or copied. */
export async function ceilings(host: Host): Promise<Probe[]> {
  const { device } = host;
  const invocations = device.info.software ? 2 ** 14 : 2 ** 20;
  const program = defineProgram({
    name: 'ceiling/fma',
    source: { path: 'ceiling/fma.wgsl', text: fma },
    constants: { workgroup_size: WORKGROUP, rounds: ROUNDS },
    workgroups: foldWorkgroups(invocations / WORKGROUP),
  });
  await device.compile([program]);
  return [
    probe(host, 'multiply-adds in registers', 'GFLOP/s', invocations * ROUNDS * 64, program, { y: device.buffer('y', 4 * invocations) }),
    await fillProbe(host),
    await copyProbe(host),
  ];
}
