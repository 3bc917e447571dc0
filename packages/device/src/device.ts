import { DeviceError, KindlingError, type Program, type Traits, traitsOf } from '@kindling/core';
import type { AdapterInfo } from './adapter.js';
import { type BindingResource, bindingEntry } from './bindings.js';
import { rememberGroup } from './bound.js';
import { compileBeside } from './compile-beside.js';
import { Faults } from './faults.js';
import { Meter } from './meter.js';
import { awaitPatiently } from './patience.js';
import { Pipelines } from './pipelines.js';
import { type ByteRange, Readback } from './readback.js';
import { checkRange, checkSize, OwnBuffers } from './resources.js';
import { warmUp } from './warm-up.js';

export type { BindingResource } from './bindings.js';

/**
 * A GPUDevice with what Kindling needs around it: buffers, cached pipelines, bind groups by binding name, readback, a traffic meter,
 * and errors that name what happened. WebGPU reports errors late; they are collected and thrown by the next `wait()` or `read()`.
 */
export class Device {
  /** The instrumented GPUDevice: use it freely, the meter sees it all. */
  readonly gpu: GPUDevice;
  readonly info: AdapterInfo;
  readonly traits: Traits;
  readonly meter: Meter;
  /** Resolves, never rejects, when the device is lost or destroyed; the error says why. */
  readonly lost: Promise<DeviceError>;
  readonly #owned: boolean;
  readonly #openSecond: (() => Promise<Device>) | undefined;
  readonly #faults: Faults;
  readonly #pipelines: Pipelines;
  readonly #readback: Readback;
  readonly #buffers = new OwnBuffers();
  readonly #uniforms = new Map<string, GPUBuffer>();
  #loss: DeviceError | undefined;

  /**
   * @internal Use `openDevice` or `fromDevice`. `owned` devices are destroyed with the wrapper; `openSecond` opens another one on the same
   * adapter, given only where compiling on two pays.
   */
  constructor(gpu: GPUDevice, info: AdapterInfo, { owned, openSecond }: { owned: boolean; openSecond?: () => Promise<Device> }) {
    this.gpu = gpu;
    this.info = info;
    this.#owned = owned;
    this.#openSecond = openSecond;
    this.meter = Meter.of(gpu);
    this.traits = traitsOf(gpu, { software: info.software });
    this.#faults = new Faults(gpu, info.name, owned);
    this.#pipelines = new Pipelines(gpu, this.#faults);
    this.#readback = new Readback(gpu);
    // The flag must stand at once, while gpu.lost resolves later, so that work on a destroyed device is refused, not ignored.
    const destroy = gpu.destroy.bind(gpu);
    gpu.destroy = () => {
      this.#lose('destroyed', 'destroy() was called');
      return destroy();
    };
    this.lost = gpu.lost.then(({ reason, message }) => this.#lose(reason, message));
  }

  get isLost(): boolean {
    return this.#loss !== undefined;
  }

  /**
   * A zero-filled buffer. `usage` defaults to STORAGE | COPY_SRC | COPY_DST.
   * @param byteLength rounded up to a multiple of 4.
   * @throws InputError when it is not a positive whole number, or beyond the adapter's limit.
   */
  buffer(label: string, byteLength: number, usage: GPUBufferUsageFlags = storageUsage()): GPUBuffer {
    return this.#create(label, byteLength, usage, false);
  }

  /** A buffer that holds `data`, padded with zeros to a multiple of 4 bytes. */
  upload(label: string, data: ArrayBufferView, usage: GPUBufferUsageFlags = storageUsage()): GPUBuffer {
    const buffer = this.#create(label, data.byteLength, usage, true);
    new Uint8Array(buffer.getMappedRange()).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    buffer.unmap();
    return buffer;
  }

  /**
   * Copies `data` into a buffer, in order with the submits around it.
   * @throws InputError unless offset and length are multiples of 4 and inside the buffer.
   */
  write(buffer: GPUBuffer, data: ArrayBufferView, byteOffset = 0): void {
    this.#requireAlive();
    checkRange('write', buffer, byteOffset, data.byteLength, 4);
    this.gpu.queue.writeBuffer(buffer, byteOffset, data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  }

  /**
   * Copies bytes back, after all that was submitted before; to the end of the buffer by default. Needs COPY_SRC.
   * @throws InputError for a range outside of the buffer or a WebGPU error collected so far, DeviceError when the device is lost.
   */
  async read(buffer: GPUBuffer, byteOffset = 0, byteLength = buffer.size - byteOffset): Promise<ArrayBuffer> {
    this.#requireAlive();
    checkRange('read', buffer, byteOffset, byteLength, 1);
    if (byteLength === 0) return new ArrayBuffer(0);
    const [bytes] = await this.submitAndRead(() => {}, [{ buffer, offset: byteOffset, length: byteLength }]);
    return bytes!;
  }

  /**
   * Encodes work and reads ranges back after it, in one submit and one wait: what a training loop does when it reports.
   * @throws what `read` throws.
   */
  async submitAndRead(work: (encoder: GPUCommandEncoder) => void, ranges: readonly ByteRange[]): Promise<ArrayBuffer[]> {
    this.#requireAlive();
    for (const { buffer, offset, length } of ranges) checkRange('read', buffer, offset, length, 1);
    let results: ArrayBuffer[];
    try {
      results = await this.#readback.read(ranges, work, (mapped) => this.patiently(mapped));
      await this.patiently(this.#faults.settle());
    } catch (error) {
      return this.#explain(error);
    }
    this.#requireAlive();
    this.#faults.throwIfAny();
    return results;
  }

  /** Reads f32 values; offset and length count elements. */
  async readF32(buffer: GPUBuffer, elementOffset = 0, length = buffer.size / 4 - elementOffset): Promise<Float32Array<ArrayBuffer>> {
    return new Float32Array(await this.read(buffer, 4 * elementOffset, 4 * length));
  }

  /** Reads u32 values; offset and length count elements. */
  async readU32(buffer: GPUBuffer, elementOffset = 0, length = buffer.size / 4 - elementOffset): Promise<Uint32Array<ArrayBuffer>> {
    return new Uint32Array(await this.read(buffer, 4 * elementOffset, 4 * length));
  }

  /**
   * The program's pipeline, created on first use and shared with every program of equal text, entry point, constants and bindings.
   * @throws InputError naming file and line of a WGSL error with a caret below it, or a feature that the device lacks. In browsers
   * WGSL errors are known only later, and thrown by the next `wait()` or `read()`.
   */
  pipeline(program: Program): GPUComputePipeline {
    this.#requireAlive();
    return this.#pipelines.get(program).pipeline;
  }

  /**
   * Creates the pipelines of all programs, in parallel, and has the driver compile them by dispatching zero workgroups of each:
   * lavapipe otherwise compiles within the first real dispatch. Returns the seconds spent. Its dispatches and submits are metered, those of
   * the second device that a cold compilation on lavapipe uses as well.
   * @throws InputError for a program that does not compile, as `pipeline` does.
   */
  async compile(programs: readonly Program[]): Promise<number> {
    this.#requireAlive();
    const start = performance.now();
    const missing = this.#openSecond ? this.#pipelines.missing(programs) : [];
    if (this.#openSecond && missing.length > 2) {
      const finished = ({ meter }: Device): void => this.meter.include(meter.snapshot());
      await compileBeside(missing, (some) => this.#compileHere(some), this.#openSecond, finished);
    }
    await this.#compileHere(programs);
    return (performance.now() - start) / 1000;
  }

  async #compileHere(programs: readonly Program[]): Promise<void> {
    const creating = Promise.all(programs.map((program) => this.#pipelines.create(program)));
    const created = await this.patiently(creating).catch((error: unknown) => this.#explain(error));
    const fresh = programs.filter((_, index) => created[index]);
    if (fresh.length > 0) await warmUp(this, fresh, (program) => this.#pipelines.get(program));
    await this.wait();
  }

  /**
   * Binds buffers by the names of the program's bindings. `params` is made from the program unless it is given; equal contents share
   * one uniform buffer, which lives as long as the device. Names that the program does not have are ignored.
   * @throws InputError when a binding is missing, or a range larger than the adapter can bind.
   */
  bindGroup(program: Program, resources: Readonly<Record<string, BindingResource>>): GPUBindGroup {
    this.#requireAlive();
    const entries = program.bindings.map(({ name, access }, binding) => {
      const resource = resources[name] ?? (name === 'params' && program.params ? this.#uniform(program.params) : undefined);
      return { binding, resource: bindingEntry(program, name, access, resource, resources, this.gpu.limits) };
    });
    const group = this.gpu.createBindGroup({ label: program.name, layout: this.#pipelines.layoutOf(program), entries });
    return rememberGroup(
      group,
      program,
      entries.map(({ resource }) => resource),
    );
  }

  /** Encodes one dispatch of the program's workgroups. */
  dispatch(pass: GPUComputePassEncoder, program: Program, group: GPUBindGroup): void {
    pass.setPipeline(this.pipeline(program));
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(program.workgroups[0], program.workgroups[1], program.workgroups[2]);
  }

  /** Encodes commands and submits them as one command buffer. */
  submit(encode: (encoder: GPUCommandEncoder) => void): void {
    this.#requireAlive();
    const encoder = this.gpu.createCommandEncoder();
    encode(encoder);
    this.gpu.queue.submit([encoder.finish()]);
  }

  /** Pipeline, bind group and submit in one: for tests and one-off work. */
  run(program: Program, resources: Readonly<Record<string, BindingResource>>): void {
    const group = this.bindGroup(program, resources);
    this.submit((encoder) => {
      const pass = encoder.beginComputePass({ label: program.name });
      this.dispatch(pass, program, group);
      pass.end();
    });
  }

  /** Resolves when all submitted work is done. @throws whatever went wrong since the last `wait()` or `read()`. */
  async wait(): Promise<void> {
    this.#requireAlive();
    await this.patiently(Promise.all([this.gpu.queue.onSubmittedWorkDone(), this.#faults.settle()]));
    this.#requireAlive();
    this.#faults.throwIfAny();
  }

  /** Awaits any promise of this GPUDevice so that a software adapter keeps the cores meanwhile; on a GPU it just awaits. */
  patiently<T>(promise: PromiseLike<T>): Promise<T> {
    return this.info.software ? awaitPatiently(promise) : Promise.resolve(promise);
  }

  /** Destroys every buffer made through this object, and the GPUDevice unless it came from `fromDevice`. */
  destroy(): void {
    this.#readback.destroy();
    this.#buffers.destroy();
    this.#uniforms.clear();
    if (this.#owned) this.gpu.destroy();
    else this.#lose('destroyed', 'destroy() of the wrapper was called');
  }

  #create(label: string, byteLength: number, usage: GPUBufferUsageFlags, mappedAtCreation: boolean): GPUBuffer {
    this.#requireAlive();
    const size = checkSize(label, byteLength, this.gpu.limits.maxBufferSize, this.info.name);
    const { value, errors } = this.#faults.during(() => this.gpu.createBuffer({ label, size, usage, mappedAtCreation }));
    if (errors[0]) throw this.#faults.explain(errors[0]);
    this.#buffers.add(value);
    return value;
  }

  #uniform(params: Uint8Array): GPUBuffer {
    const key = params.join();
    let buffer = this.#uniforms.get(key);
    if (!buffer) {
      buffer = this.upload('params', params, GPUBufferUsage.UNIFORM);
      this.#uniforms.set(key, buffer);
    }
    return buffer;
  }

  #requireAlive(): void {
    if (this.#loss) throw this.#loss;
  }

  /** Throws the loss or the collected error behind a rejection, where there is one. A loss may be announced just after it. */
  async #explain(error: unknown): Promise<never> {
    await Promise.race([this.lost, new Promise((resolve) => setTimeout(resolve, 10))]);
    this.#requireAlive();
    if (!(error instanceof KindlingError)) this.#faults.throwIfAny();
    throw error;
  }

  #lose(reason: string, message: string): DeviceError {
    this.#loss ??= new DeviceError({
      subject: this.info.name,
      got: `a lost device (${reason}: ${message})`,
      expected: 'a device that is alive',
      next:
        reason === 'destroyed'
          ? 'open a new device with openDevice()'
          : 'open a new device and continue from the last checkpoint; if it happens again use a smaller batch, or update the driver',
    });
    return this.#loss;
  }
}

/** A function, as browsers without WebGPU lack the global. */
const storageUsage = (): GPUBufferUsageFlags => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
