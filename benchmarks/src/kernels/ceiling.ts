import { defineProgram, foldWorkgroups, type Program } from '@kindling/core';
import type { Host } from '../host.js';

/**
 * Chains of vec4 multiply-adds in registers: what the adapter can compute when memory does not matter. Two chains, four rounds unrolled:
 * measured best over both software adapters (lavapipe 50 GFLOP/s against 37 with eight chains, which spill; SwiftShader 38 against 13).
 */
const FMA = `
override workgroup_size: u32 = 64;
override rounds: u32 = 256;
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(workgroup_size)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * groups.x * workgroup_size + id.x;
  let m = vec4f(0.999 + f32(i & 7u) * 1e-5);
  let c = vec4f(f32(i & 3u) * 1e-4);
  var a = vec4f(f32(i));
  var b = a + 1.0;
  for (var r = 0u; r < rounds; r++) {
    a = fma(a, m, c); b = fma(b, m, c);
    a = fma(a, m, c); b = fma(b, m, c);
    a = fma(a, m, c); b = fma(b, m, c);
    a = fma(a, m, c); b = fma(b, m, c);
  }
  let s = a + b;
  y[i] = s.x + s.y + s.z + s.w;
}`;

const FILL = `
override workgroup_size: u32 = 64;
@group(0) @binding(0) var<storage, read_write> y: array<vec4f>;
@compute @workgroup_size(workgroup_size)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  y[id.y * groups.x * workgroup_size + id.x] = vec4f(1.0);
}`;

const COPY = `
override workgroup_size: u32 = 64;
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@compute @workgroup_size(workgroup_size)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * groups.x * workgroup_size + id.x;
  y[i] = x[i];
}`;

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

/** The adapter's own ceilings: multiply-adds in registers, and bytes written or copied. */
export async function ceilings(host: Host): Promise<Probe[]> {
  const { device } = host;
  const invocations = device.info.software ? 2 ** 14 : 2 ** 20;
  const define = (name: string, text: string, count: number): Program =>
    defineProgram({
      name: `ceiling/${name}`,
      source: { path: `benchmarks/ceiling/${name}`, text },
      constants: name === 'fma' ? { workgroup_size: WORKGROUP, rounds: ROUNDS } : { workgroup_size: WORKGROUP },
      workgroups: foldWorkgroups(count / WORKGROUP),
    });
  const vectors = BYTES / 16;
  const [fma, fill, copy] = [define('fma', FMA, invocations), define('fill', FILL, vectors), define('copy', COPY, vectors)];
  await device.compile([fma, fill, copy]);
  const buffer = (label: string, bytes: number): GPUBuffer => device.buffer(label, bytes);
  return [
    probe(host, 'multiply-adds in registers', 'GFLOP/s', invocations * ROUNDS * 64, fma, { y: buffer('y', 4 * invocations) }),
    probe(host, 'fill', 'GB/s', BYTES, fill, { y: buffer('y', BYTES) }),
    probe(host, 'copy, read + written', 'GB/s', 2 * BYTES, copy, { x: buffer('x', BYTES), y: buffer('y', BYTES) }),
  ];
}
