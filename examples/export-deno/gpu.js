// Buffers and dispatches of one problem. Tensors lie between guards and outputs begin as poison, so that a wrong formula shows.
import { dispatches, ELEMENT_BYTES } from './kernel.js';

const GUARD = 256;
/** Bit patterns that no kernel computes. */
const POISON = { 4: 0x7fc0dead, 2: 0x7ead };
const wholeWords = (bytes) => 4 * Math.ceil(bytes / 4);

export class Problem {
  constructor(kernel, plan, adapter, contents) {
    Object.assign(this, { kernel, plan, adapter, contents, buffers: {}, pipelines: new Map(), owned: [] });
  }

  /** Fills every tensor anew: inputs with their contents, outputs with poison. */
  reset() {
    const { device } = this.adapter;
    for (const tensor of Object.values(this.plan.tensors)) {
      const bytes = ELEMENT_BYTES[tensor.element];
      const size = wholeWords(tensor.elements * bytes);
      const all = new Uint8Array(size + 2 * GUARD).fill(0xa5);
      const middle = new (bytes === 2 ? Uint16Array : Uint32Array)(all.buffer, GUARD, tensor.elements);
      if (tensor.role === 'output') middle.fill(POISON[bytes]);
      else all.set(this.contents[tensor.name], GUARD);
      const known = this.buffers[tensor.name];
      const buffer =
        known?.buffer ??
        device.createBuffer({ size: all.length, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST });
      device.queue.writeBuffer(buffer, 0, all);
      this.buffers[tensor.name] = { buffer, offset: GUARD, size, tensor, before: all };
    }
  }

  async #pipeline({ shader, entryPoint, constants }) {
    const key = JSON.stringify([shader, constants]);
    if (!this.pipelines.has(key)) {
      const module = this.adapter.device.createShaderModule({ code: await this.kernel.shader(shader) });
      this.pipelines.set(
        key,
        await this.adapter.device.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint, constants } }),
      );
    }
    return this.pipelines.get(key);
  }

  /** What one variant encodes into a compute pass. */
  async prepare(variant) {
    const { device } = this.adapter;
    const found = [];
    for (const dispatch of dispatches(this.kernel, this.plan, variant, this.adapter.features)) {
      const pipeline = await this.#pipeline(dispatch);
      const entries = dispatch.bindings.map(({ index, access, tensor }) => {
        if (access !== 'uniform') {
          const { buffer, offset, size } = this.buffers[tensor];
          return { binding: index, resource: { buffer, offset, size } };
        }
        const buffer = device.createBuffer({ size: dispatch.uniform.length, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
        device.queue.writeBuffer(buffer, 0, dispatch.uniform);
        this.owned.push(buffer);
        return { binding: index, resource: { buffer } };
      });
      const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
      found.push({ pipeline, group, workgroups: dispatch.workgroups });
    }
    return found;
  }

  /** Runs what `prepare` gave `times` times and waits. */
  async run(prepared, times = 1) {
    const { device } = this.adapter;
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let i = 0; i < times; i++) {
      for (const { pipeline, group, workgroups } of prepared) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        pass.dispatchWorkgroups(...workgroups);
      }
    }
    pass.end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
  }

  /** Values of a tensor, parts added: [models, …shape]. @throws where an element was not written or a guard is gone */
  async read(name) {
    const { device } = this.adapter;
    const { buffer, size, tensor, before } = this.buffers[name];
    const staging = device.createBuffer({ size: size + 2 * GUARD, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, size + 2 * GUARD);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const all = new Uint8Array(staging.getMappedRange().slice(0));
    staging.destroy();
    const bytes = ELEMENT_BYTES[tensor.element];
    const end = GUARD + tensor.elements * bytes;
    const touched = all.findIndex((byte, i) => (i < GUARD || i >= end) && byte !== before[i]);
    if (touched >= 0) throw new Error(`${name}: byte ${touched - GUARD} of ${end - GUARD} was overwritten`);
    const raw = new (bytes === 2 ? Uint16Array : Uint32Array)(all.buffer, GUARD, tensor.elements);
    const missed = tensor.role === 'output' ? raw.indexOf(POISON[bytes]) : -1;
    if (missed >= 0) throw new Error(`${name}: element ${missed} of ${raw.length} was not written`);
    return joined(tensor, decoded(tensor.element, raw));
  }

  destroy() {
    for (const { buffer } of Object.values(this.buffers)) buffer.destroy();
    for (const buffer of this.owned) buffer.destroy();
  }
}

/** Blocks without the space between them, their parts added in order. */
function joined({ shape, parts, blocks, stride }, values) {
  const size = shape.reduce((a, b) => a * b, 1);
  const all = new Float64Array(blocks * size);
  for (let block = 0; block < blocks; block++)
    for (let part = 0; part < parts; part++)
      for (let i = 0; i < size; i++) all[block * size + i] += values[block * stride + part * size + i];
  return all;
}

export function decoded(element, raw) {
  if (element === 'f32') return new Float32Array(raw.buffer, raw.byteOffset, raw.length);
  if (element === 'u32') return raw;
  return Float32Array.from(raw, (half) => {
    const [sign, exponent, fraction] = [half & 0x8000 ? -1 : 1, (half >> 10) & 31, half & 1023];
    if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
}
