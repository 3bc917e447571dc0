/** What has gone through a GPUDevice so far, or between two snapshots. */
export interface Traffic {
  /** Bytes handed to the GPU: writeBuffer, writeTexture, external images, buffers mapped at creation, ranges mapped for writing. */
  readonly hostToGpuBytes: number;
  /** Bytes of ranges that were mapped for reading. */
  readonly gpuToHostBytes: number;
  /** Compute dispatches encoded, direct and indirect. */
  readonly dispatches: number;
  readonly submits: number;
  readonly buffersCreated: number;
  /** Buffers whose `destroy()` was called, each counted once. */
  readonly buffersDestroyed: number;
  readonly bindGroupsCreated: number;
  /** Compute and render pipelines, also those created asynchronously. */
  readonly pipelinesCreated: number;
}

/** A call that moves bytes between host and GPU. */
export interface Transfer {
  readonly direction: 'toGpu' | 'toHost';
  readonly call: 'writeBuffer' | 'writeTexture' | 'copyExternalImageToTexture' | 'mappedAtCreation' | 'mapAsync';
  readonly target: GPUBuffer | GPUTexture;
}

/** Told of a transfer within the call that asks for it, so that the stack is the caller's; what it returns is told the bytes once they have moved. */
export type TransferListener = (transfer: Transfer) => (bytes: number) => void;

/** Counts a transfer's bytes, and tells the listeners. */
type Begin = (direction: Transfer['direction'], call: Transfer['call'], target: Transfer['target']) => (bytes: number) => void;

type Counts = { -readonly [K in keyof Traffic]: number };

const zero = (): Counts => ({
  hostToGpuBytes: 0,
  gpuToHostBytes: 0,
  dispatches: 0,
  submits: 0,
  buffersCreated: 0,
  buffersDestroyed: 0,
  bindGroupsCreated: 0,
  pipelinesCreated: 0,
});

const meters = new WeakMap<GPUDevice, Meter>();

/**
 * Counts what a GPUDevice is asked to do, by standing in front of its methods. So bytes moved by any code that uses the same
 * GPUDevice are seen, Kindling's own or not. Counting starts when the device is first wrapped.
 */
export class Meter {
  readonly #counts: Counts;
  readonly #listeners = new Set<TransferListener>();
  /** Held, as the counting methods are properties of this very object. */
  readonly #queue: GPUQueue;

  private constructor(counts: Counts, queue: GPUQueue) {
    this.#counts = counts;
    this.#queue = queue;
  }

  /** The meter of a GPUDevice; the same one each time. */
  static of(gpu: GPUDevice): Meter {
    let meter = meters.get(gpu);
    if (!meter) {
      const counts = zero();
      meter = new Meter(counts, gpu.queue);
      const begin = meter.#begin;
      meterDevice(gpu, counts, begin);
      meterQueue(meter.#queue, counts, begin);
      meters.set(gpu, meter);
    }
    return meter;
  }

  readonly #begin: Begin = (direction, call, target) => {
    const told = [...this.#listeners].map((listener) => listener({ direction, call, target }));
    return (bytes) => {
      if (direction === 'toGpu') this.#counts.hostToGpuBytes += bytes;
      else this.#counts.gpuToHostBytes += bytes;
      for (const tell of told) tell(bytes);
    };
  };

  /** Tells of every transfer from now on; returns what ends it. */
  listen(listener: TransferListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A copy of the counts; a plain object. */
  snapshot(): Traffic {
    return { ...this.#counts };
  }

  /** Adds what another GPUDevice did on this one's behalf. */
  include(other: Traffic): void {
    for (const name of Object.keys(other) as (keyof Traffic)[]) this.#counts[name] += other[name];
  }

  /** What was added since `snapshot`. */
  since(snapshot: Traffic): Traffic {
    const difference = zero();
    for (const name of Object.keys(difference) as (keyof Traffic)[]) difference[name] = this.#counts[name] - snapshot[name];
    return difference;
  }
}

function meterDevice(gpu: GPUDevice, counts: Counts, begin: Begin): void {
  const createBuffer = gpu.createBuffer.bind(gpu);
  gpu.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor);
    counts.buffersCreated++;
    if (descriptor.mappedAtCreation) begin('toGpu', 'mappedAtCreation', buffer)(buffer.size);
    meterBuffer(buffer, counts, begin);
    return buffer;
  };
  const createBindGroup = gpu.createBindGroup.bind(gpu);
  gpu.createBindGroup = (descriptor) => {
    counts.bindGroupsCreated++;
    return createBindGroup(descriptor);
  };
  const pipelineMethods = [
    'createComputePipeline',
    'createComputePipelineAsync',
    'createRenderPipeline',
    'createRenderPipelineAsync',
  ] as const;
  for (const name of pipelineMethods) {
    const create = gpu[name].bind(gpu) as (descriptor: never) => unknown;
    Object.defineProperty(gpu, name, {
      configurable: true,
      writable: true,
      value: (descriptor: never) => {
        counts.pipelinesCreated++;
        return create(descriptor);
      },
    });
  }
  const createCommandEncoder = gpu.createCommandEncoder.bind(gpu);
  gpu.createCommandEncoder = (descriptor) => {
    const encoder = createCommandEncoder(descriptor ?? {});
    const beginComputePass = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = (pass) => meterPass(beginComputePass(pass ?? {}), counts);
    return encoder;
  };
}

/** The hot one: a dispatch costs one addition and one call more. Arguments are named, as rest parameters would allocate. */
function meterPass(pass: GPUComputePassEncoder, counts: Counts): GPUComputePassEncoder {
  const { dispatchWorkgroups, dispatchWorkgroupsIndirect } = pass;
  pass.dispatchWorkgroups = (x, y = 1, z = 1) => {
    counts.dispatches++;
    return dispatchWorkgroups.call(pass, x, y, z);
  };
  pass.dispatchWorkgroupsIndirect = (buffer, offset) => {
    counts.dispatches++;
    return dispatchWorkgroupsIndirect.call(pass, buffer, offset);
  };
  return pass;
}

function meterBuffer(buffer: GPUBuffer, counts: Counts, begin: Begin): void {
  const destroy = buffer.destroy.bind(buffer);
  let destroyed = false;
  buffer.destroy = () => {
    if (!destroyed) counts.buffersDestroyed++;
    destroyed = true;
    return destroy();
  };
  if ((buffer.usage & (GPUBufferUsage.MAP_READ | GPUBufferUsage.MAP_WRITE)) === 0) return;
  const mapAsync = buffer.mapAsync.bind(buffer);
  buffer.mapAsync = async (mode, offset = 0, size = buffer.size - offset) => {
    const moved = begin((mode & GPUMapMode.READ) !== 0 ? 'toHost' : 'toGpu', 'mapAsync', buffer);
    const result = await mapAsync(mode, offset, size);
    moved(size);
    return result;
  };
}

/** Bytes that `writeBuffer` moves: offset and size count elements for a typed array, bytes for an ArrayBuffer or DataView. */
function writtenBytes(data: AllowSharedBufferSource, dataOffset: number, size: number | undefined): number {
  const unit = ArrayBuffer.isView(data) && 'BYTES_PER_ELEMENT' in data ? (data.BYTES_PER_ELEMENT as number) : 1;
  return size === undefined ? data.byteLength - dataOffset * unit : size * unit;
}

function meterQueue(queue: GPUQueue, counts: Counts, begin: Begin): void {
  const submit = queue.submit.bind(queue);
  queue.submit = (buffers) => {
    counts.submits++;
    return submit(buffers);
  };
  const writeBuffer = queue.writeBuffer.bind(queue) as (
    buffer: GPUBuffer,
    offset: number,
    data: AllowSharedBufferSource,
    dataOffset?: number,
    size?: number,
  ) => undefined;
  queue.writeBuffer = (buffer: GPUBuffer, offset: number, data: AllowSharedBufferSource, dataOffset = 0, size?: number) => {
    // The call first: where it throws, nothing moved.
    const result = size === undefined ? writeBuffer(buffer, offset, data, dataOffset) : writeBuffer(buffer, offset, data, dataOffset, size);
    begin('toGpu', 'writeBuffer', buffer)(writtenBytes(data, dataOffset, size));
    return result;
  };
  const writeTexture = queue.writeTexture.bind(queue);
  queue.writeTexture = (destination, data, layout, size) => {
    const result = writeTexture(destination, data as GPUAllowSharedBufferSource, layout, size);
    begin('toGpu', 'writeTexture', destination.texture)(textureBytes(data, layout, size));
    return result;
  };
  if (typeof queue.copyExternalImageToTexture !== 'function') return;
  const copyExternalImageToTexture = queue.copyExternalImageToTexture.bind(queue);
  queue.copyExternalImageToTexture = (source, destination, size) => {
    const result = copyExternalImageToTexture(source, destination, size);
    const [width, height, depth] = extentOf(size);
    // Four bytes a texel, as images have on the host.
    begin('toGpu', 'copyExternalImageToTexture', destination.texture)(4 * width * height * depth);
    return result;
  };
}

type Extent = GPUExtent3D | GPUExtent3DStrict | Iterable<number>;

function extentOf(size: Extent): readonly [width: number, height: number, depth: number] {
  const [width = 1, height = 1, depth = 1] = 'width' in size ? [size.width, size.height, size.depthOrArrayLayers] : [...size];
  return [width, height, depth];
}

/** Bytes from the first to the last row of the image, padding between rows included; at most what the data holds. */
function textureBytes(data: AllowSharedBufferSource, layout: GPUTexelCopyBufferLayout, size: Extent): number {
  const available = data.byteLength - (layout.offset ?? 0);
  const [, height, depth] = extentOf(size);
  if (layout.bytesPerRow === undefined) return available;
  return Math.min(available, layout.bytesPerRow * ((layout.rowsPerImage ?? height) * (depth - 1) + height));
}
