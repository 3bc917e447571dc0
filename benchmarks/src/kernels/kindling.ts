import { byteLength, decodeF16, encodeF16, type Program } from '@kindling/core';
import { type Attrs, type Op, type OpName, ops, outputSize, type TensorInfo } from '@kindling/kernels';
import { versionOf } from '../environment.js';
import type { Host } from '../host.js';
import type { Kernel, KernelEngine } from './kernel.js';
import { conv, errorOf, type Task } from './tasks.js';

const plain = { stride: 1, padding: 1, groups: 1, relu: false };
const calls = {
  matmul: { op: 'matmul', output: 'y', attrs: { transposeA: false, transposeB: false } },
  'conv forward': { op: 'conv2d', output: 'y', attrs: plain },
  'conv data gradient': { op: 'conv2d_grad_input', output: 'dx', attrs: { ...plain, h: conv.h, width: conv.h } },
  'conv weight gradient': { op: 'conv2d_grad_weight', output: 'dw', attrs: { ...plain, r: 3, s: 3 } },
} as const satisfies Record<Task['kind'], { op: OpName; output: string; attrs: object }>;

/** One dispatch with its bind group. */
interface Dispatch {
  readonly program: Program;
  readonly group: GPUBindGroup;
}

interface Lowered {
  readonly dispatches: Dispatch[];
  readonly owned: GPUBuffer[];
  readonly output: GPUBuffer;
  readonly stored: 'f32' | 'f16';
}

/** Inputs and output rounded by at most 2⁻¹¹ each, over 200 elements of which some are a few times the typical size. */
const F16_TOLERANCE = 8 * 2 ** -11;

/** Lowers an op onto fresh buffers; gradients that come in parts are summed, so that every engine gives the whole result. */
async function lower(host: Host, task: Task, variant: string | undefined): Promise<Lowered> {
  const { device } = host;
  const { op, output, attrs: plain } = calls[task.kind];
  const half = variant?.endsWith('_f16') ?? false;
  const attrs: Attrs = half ? { ...plain, storage: 'f16' } : plain;
  const shapes = Object.fromEntries(Object.entries(task.inputs).map(([name, { shape }]) => [name, shape]));
  const specs = ops[op].infer(shapes, attrs, device.traits);
  const tensors: Record<string, TensorInfo> = {};
  const buffers: Record<string, GPUBuffer> = {};
  for (const [name, { shape, data }] of Object.entries(task.inputs)) {
    const dtype = half && (ops[op] as Op).f16?.includes(name) ? 'f16' : 'f32';
    tensors[name] = { shape, dtype, modelStride: data.length };
    buffers[name] = device.upload(name, dtype === 'f16' ? encodeF16(data) : data);
  }
  for (const [name, spec] of Object.entries(specs)) {
    const { dtype = 'f32' } = spec;
    tensors[name] = { shape: spec.shape, dtype, modelStride: outputSize(spec) };
    buffers[name] = device.buffer(name, byteLength(dtype, outputSize(spec)));
  }
  const context = { attrs, models: 1, traits: device.traits, tensors };
  const launches = ops[op].lower(variant === undefined ? context : { ...context, variant }).map(({ program, args = {} }) => {
    const renamed = Object.entries(args).map(([binding, tensor]) => [binding, buffers[tensor]!]);
    return { program, resources: { ...buffers, ...Object.fromEntries(renamed) } };
  });
  const { parts = 1, shape } = specs[output]!;
  let result = buffers[output]!;
  if (parts > 1) {
    const size = outputSize({ shape });
    const whole = { shape, dtype: 'f32' as const, modelStride: size };
    const summed = { ...context, attrs: { parts }, tensors: { x: { ...whole, modelStride: parts * size }, y: whole } };
    const total = device.buffer('sum of parts', 4 * size);
    for (const { program } of ops.sum_parts.lower(summed)) launches.push({ program, resources: { x: result, y: total } });
    buffers.total = total;
    result = total;
  }
  await device.compile(launches.map(({ program }) => program));
  const dispatches = launches.map(({ program, resources }) => ({ program, group: device.bindGroup(program, resources) }));
  const stored = specs[output]!.dtype === 'f16' ? 'f16' : 'f32';
  return { dispatches, owned: Object.values(buffers), output: result, stored };
}

async function prepare(host: Host, task: Task, variant: string | undefined): Promise<Kernel> {
  const { device } = host;
  const { dispatches, owned, output, stored } = await lower(host, task, variant);
  const read = async () => (stored === 'f16' ? decodeF16(new Uint16Array(await device.read(output))) : device.readF32(output));
  return {
    variant: dispatches.map(({ program }) => program.name).join(' + '),
    ...(variant?.endsWith('_f16') ? { tolerance: F16_TOLERANCE } : {}),
    async run(times) {
      device.submit((encoder) => {
        const pass = encoder.beginComputePass();
        for (let i = 0; i < times; i++) for (const { program, group } of dispatches) device.dispatch(pass, program, group);
        pass.end();
      });
      await host.settle(device.gpu);
    },
    error: async () => errorOf(task, await read()),
    destroy() {
      for (const buffer of owned) buffer.destroy();
    },
  };
}

/** Kindling's op as a model would get it. */
export const kindlingKernels = (host: Host): KernelEngine => ({
  name: 'kindling',
  inProcess: host.info.software,
  versions: { kindling: versionOf('@kindling/device'), webgpu: versionOf('webgpu') },
  prepare: (task) => prepare(host, task, undefined),
  destroy: () => undefined,
});

/** Every variant of every op, one engine each, those on f16 storage included; a variant that refuses a task sits it out. */
export function kindlingVariants(host: Host): KernelEngine[] {
  const names = [...new Set(Object.values(calls).flatMap(({ op }) => ops[op].variants))];
  return names.map((variant) => ({
    name: `kindling:${variant}`,
    versions: {},
    async prepare(task) {
      if (!ops[calls[task.kind].op].variants.includes(variant)) return undefined;
      return prepare(host, task, variant).catch(() => undefined);
    },
    destroy: () => undefined,
  }));
}
