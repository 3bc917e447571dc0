import { type ErrorParts, InputError } from '../errors.js';
import type { BufferSpec, Pass } from '../passes.js';
import { type BufferRegion, bufferOf, isParams, type Plan, type Region, type Task } from './plan.js';

/** GPUBufferUsage.STORAGE: a constant of WebGPU, so that no global is needed. */
const STORAGE = 0x80;

/** One dispatch, checked: for each storage binding the caller's region, or the name of a buffer to be made. */
export interface Checked {
  readonly pass: Pass;
  readonly bound: readonly { readonly binding: number; readonly buffer: string; readonly given: Region | undefined }[];
}

/** A task whose every buffer fits; `own` are still to be made. */
export interface CheckedTask {
  readonly given: Readonly<Record<string, Region>>;
  readonly own: readonly BufferSpec[];
  readonly dispatches: readonly Checked[];
}

const refuse = (parts: ErrorParts): never => {
  throw new InputError(parts);
};

/** The task's name in messages: that of its first kernel. */
const nameOf = ({ passes }: Plan): string => passes[0]?.program.name.split('.')[0] ?? 'empty plan';

const nameType = (value: unknown): string => (typeof value === 'object' ? (value?.constructor.name ?? 'null') : `a ${typeof value}`);

function checkRegion(subject: string, resource: BufferRegion, bytes: number, limits: GPUSupportedLimits): Region {
  const { buffer, offset = 0, size } = typeof resource === 'object' && 'buffer' in resource ? resource : { buffer: resource };
  if (typeof buffer?.size !== 'number' || typeof buffer.usage !== 'number') {
    refuse({
      subject,
      got: nameType(resource),
      expected: 'a GPUBuffer or { buffer, offset, size }',
      next: 'create it with device.createBuffer',
    });
  }
  const alignment = limits.minStorageBufferOffsetAlignment;
  if (!(Number.isInteger(offset) && offset >= 0 && offset % alignment === 0)) {
    const below = Math.max(0, Math.floor(offset / alignment) * alignment) || 0;
    refuse({
      subject,
      got: `offset ${offset}`,
      expected: `a multiple of ${alignment} (this device's minStorageBufferOffsetAlignment)`,
      next: `begin at ${below} or ${below + alignment}`,
    });
  }
  const rest = buffer.size - offset;
  const room = Math.min(size ?? rest, rest);
  if (!(room >= bytes) || (size ?? rest) > rest) {
    refuse({
      subject,
      got: `${Math.max(0, room)} bytes${size === undefined ? '' : ` (size ${size})`} at offset ${offset} of a buffer of ${buffer.size}`,
      expected: `at least ${bytes} bytes, all in the buffer`,
      next: 'give a larger buffer or region; plan.tensors and plan.buffers tell the sizes',
    });
  }
  if ((buffer.usage & STORAGE) === 0) {
    refuse({ subject, got: 'a buffer without the usage STORAGE', expected: 'GPUBufferUsage.STORAGE', next: 'create it with that usage' });
  }
  return { buffer, offset, size: bytes };
}

/** @throws InputError where one dispatch would read and write the same GPUBuffer, or write overlapping bytes twice: WebGPU forbids both. */
function checkAliases({ pass, bound }: Checked): void {
  const uses = bound.flatMap(({ binding, buffer, given }) => {
    const { name, access } = pass.program.bindings[binding]!;
    return given ? [{ name, access, buffer, ...{ region: given } }] : [];
  });
  for (const [i, a] of uses.entries()) {
    for (const b of uses.slice(i + 1)) {
      if (a.region.buffer !== b.region.buffer || (a.access === 'read' && b.access === 'read')) continue;
      const overlap = a.region.offset < b.region.offset + b.region.size && b.region.offset < a.region.offset + a.region.size;
      if (a.access === b.access && !overlap) continue;
      refuse({
        subject: pass.program.name,
        got: `one GPUBuffer for ${a.buffer} (${a.access}) and ${b.buffer} (${b.access})`,
        expected:
          a.access === b.access
            ? 'regions that do not overlap'
            : 'two buffers: a dispatch may not read and write the same one, at any offset',
        next: `put ${b.buffer} into another buffer`,
      });
    }
  }
}

function checkProgram({ program }: Pass, device: GPUDevice): void {
  const missing = program.features.filter((feature) => !device.features.has(feature));
  if (missing.length > 0) {
    refuse({
      subject: program.name,
      got: `a device without ${missing.join(', ')}`,
      expected: `a device with ${program.features.join(', ')}`,
      next: 'plan with traitsOf(device), which chooses another kernel, or request the feature when the device is made',
    });
  }
  const storage = program.bindings.filter(({ access }) => access !== 'uniform').length;
  const most = device.limits.maxStorageBuffersPerShaderStage;
  if (storage > most) {
    refuse({
      subject: program.name,
      got: `a device with ${most} storage buffers a stage`,
      expected: `at least ${storage}`,
      next: 'request maxStorageBuffersPerShaderStage when the device is made',
    });
  }
}

/**
 * Checks a task against a device without creating anything.
 * @throws InputError that names the buffer: missing, too small, misaligned, without usage STORAGE, read and written at once, or beyond a limit
 */
export function checkTask(task: Task, device: GPUDevice): CheckedTask {
  const { plan, buffers } = task ?? {};
  if (!Array.isArray(plan?.passes) || !Array.isArray(plan.tensors) || !buffers || typeof buffers !== 'object') {
    refuse({
      subject: 'prepare: tasks',
      got: plan ? `plan ${nameType(plan)} and buffers ${nameType(buffers)}` : 'a task without a plan',
      expected: '{ plan, buffers }, or a list of them',
      next: 'give a plan of planOp and its buffers by name',
    });
  }
  const { limits } = device;
  const subject = nameOf(plan);
  const given: Record<string, Region> = {};
  const place = (name: string, bytes: number): void => {
    if (bytes > limits.maxStorageBufferBindingSize) {
      refuse({
        subject: `${subject}: ${name}`,
        got: `${bytes} bytes`,
        expected: `at most ${limits.maxStorageBufferBindingSize} bytes (this device's maxStorageBufferBindingSize)`,
        next: 'use a smaller batch or fewer models, or request a larger limit when the device is made',
      });
    }
    const resource = buffers[name];
    if (resource) given[name] = checkRegion(`${subject}: ${name}`, resource, bytes, limits);
  };
  for (const { name, bytes } of [...plan.tensors, ...plan.buffers]) place(name, bytes);
  const missing = plan.tensors.filter(({ name }) => !given[name]);
  if (missing.length > 0) {
    refuse({
      subject,
      got: `no buffer for ${missing.map(({ name }) => name).join(', ')}; given: ${Object.keys(given).join(', ') || 'none'}`,
      expected: missing.map(({ name, bytes }) => `${name} of ${bytes} bytes`).join(', '),
      next: 'add them to buffers',
    });
  }
  const own = plan.buffers.filter(({ name }) => !given[name]);
  const names = new Set([...Object.keys(given), ...own.map(({ name }) => name)]);
  const dispatches = plan.passes.map((pass): Checked => {
    checkProgram(pass, device);
    const bound = pass.program.bindings.flatMap((binding, i) => {
      if (isParams(pass.program, binding)) return [];
      const buffer = bufferOf(pass, binding.name);
      if (!names.has(buffer)) {
        refuse({
          subject: pass.program.name,
          got: `a pass that binds ${buffer}, which is neither in plan.tensors nor in plan.buffers`,
          expected: 'a plan by planOp, planGradient, planOptimizer or planBatch',
          next: 'list the buffer in one of the two',
        });
      }
      return [{ binding: i, buffer, given: given[buffer] }];
    });
    const checked = { pass, bound };
    checkAliases(checked);
    return checked;
  });
  return { given, own, dispatches };
}
