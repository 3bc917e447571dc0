// The generated batch on a canvas, drawn from the very buffer that the net trains on: no byte of it comes back to the host.
import { type Device, openDevice } from '@kindling/device';
import tiles from '@kindling/shaders/page/tiles';

/** Sizes of the batch that is shown. */
export interface TileShape {
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Draws the first samples of batches [B, C, H, W] f32 in 0 .. 1. */
export interface Tiles {
  /** Whether pixels go from buffer to canvas on the GPU, or by way of the host. */
  readonly way: 'gpu' | 'readback';
  draw(device: Device, images: GPUBuffer, shape: TileShape): Promise<void>;
}

/** Samples that are shown: more are too small to look at. */
const MOST = 64;
const COLUMNS = 8;
/** A format that every device can draw to; which one it prefers only the browser's `gpu` object knows. */
const FORMAT: GPUTextureFormat = 'rgba8unorm';

/** Tiles of a batch: sample i is in row ⌊i / columns⌋. */
export function tilesOf(batch: number): { readonly samples: number; readonly columns: number; readonly rows: number } {
  const samples = Math.min(batch, MOST);
  const columns = Math.min(samples, COLUMNS);
  return { samples, columns, rows: Math.ceil(samples / columns) };
}

/** Gives the canvas the size of its tiles, a line between them. Setting a size clears it. */
function fit(canvas: OffscreenCanvas, { batch, height, width }: TileShape): void {
  const { columns, rows } = tilesOf(batch);
  const size = [columns * (width + 1) - 1, rows * (height + 1) - 1] as const;
  if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
}

/**
 * Whether devices here draw to canvases. Chromium 156 on SwiftShader, as it starts without a display, loses its whole GPU process at the first
 * `getCurrentTexture()`: so it is tried on a device and a canvas of its own, before anything depends on one.
 * @throws DeviceError where there is no device at all
 */
async function canDraw(adapter: string | undefined): Promise<boolean> {
  const device = await openDevice({ ...(adapter === undefined ? {} : { adapter }), notice: () => undefined });
  try {
    const context = new OffscreenCanvas(8, 8).getContext('webgpu') as GPUCanvasContext | null;
    if (!context) return false;
    context.configure({ device: device.gpu, format: FORMAT, alphaMode: 'premultiplied' });
    const view = context.getCurrentTexture().createView();
    device.submit((encoder) => encoder.beginRenderPass({ colorAttachments: [{ view, loadOp: 'clear', storeOp: 'store' }] }).end());
    await device.wait();
    return !device.isLost;
  } catch {
    return false;
  } finally {
    device.destroy();
  }
}

/** Draws on a canvas by the GPU where that is possible, else by the host. @throws DeviceError where there is no device at all */
export const openTiles = async (canvas: OffscreenCanvas, adapter: string | undefined): Promise<Tiles> =>
  (await canDraw(adapter)) ? new GpuTiles(canvas) : new ReadTiles(canvas);

class GpuTiles implements Tiles {
  readonly way = 'gpu';
  private readonly canvas: OffscreenCanvas;
  private readonly context: GPUCanvasContext;
  private device: Device | undefined;
  private readonly pipelines = new Map<string, GPURenderPipeline>();

  constructor(canvas: OffscreenCanvas) {
    this.canvas = canvas;
    this.context = canvas.getContext('webgpu') as GPUCanvasContext;
  }

  /** In a submit of its own; creates a bind group, writes nothing, waits for nothing. */
  async draw(device: Device, images: GPUBuffer, shape: TileShape): Promise<void> {
    if (this.device !== device) {
      this.device = device;
      this.pipelines.clear();
      this.context.configure({ device: device.gpu, format: FORMAT, alphaMode: 'premultiplied' });
    }
    fit(this.canvas, shape);
    const pipeline = this.pipeline(device.gpu, shape);
    const entries = [{ binding: 0, resource: { buffer: images } }];
    const group = device.gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
    const view = this.context.getCurrentTexture().createView();
    device.submit((encoder) => {
      const pass = encoder.beginRenderPass({ colorAttachments: [{ view, loadOp: 'clear', storeOp: 'store' }] });
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.draw(3);
      pass.end();
    });
  }

  private pipeline(gpu: GPUDevice, { batch, channels, height, width }: TileShape): GPURenderPipeline {
    const { samples, columns } = tilesOf(batch);
    const key = [samples, channels, height, width].join();
    let pipeline = this.pipelines.get(key);
    if (!pipeline) {
      const module = gpu.createShaderModule({ label: 'page/tiles', code: tiles });
      const constants = { columns, samples, channels, height, width };
      pipeline = gpu.createRenderPipeline({
        label: 'page/tiles',
        layout: 'auto',
        vertex: { module },
        fragment: { module, targets: [{ format: FORMAT }], constants },
      });
      this.pipelines.set(key, pipeline);
    }
    return pipeline;
  }
}

class ReadTiles implements Tiles {
  readonly way = 'readback';
  private readonly canvas: OffscreenCanvas;
  private readonly context: OffscreenCanvasRenderingContext2D;

  constructor(canvas: OffscreenCanvas) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d')!;
  }

  async draw(device: Device, images: GPUBuffer, shape: TileShape): Promise<void> {
    const { batch, channels, height, width } = shape;
    const { samples, columns } = tilesOf(batch);
    const pixels = height * width;
    const x = await device.readF32(images, 0, samples * channels * pixels);
    fit(this.canvas, shape);
    const picture = this.context.createImageData(this.canvas.width, this.canvas.height);
    for (let i = 0; i < samples; i++) {
      const [left, top] = [(i % columns) * (width + 1), Math.floor(i / columns) * (height + 1)];
      for (let p = 0; p < pixels; p++) {
        const at = 4 * ((top + Math.floor(p / width)) * this.canvas.width + left + (p % width));
        // Grey repeats its one channel; the array clamps and rounds.
        for (let c = 0; c < 3; c++) picture.data[at + c] = 255 * x[(i * channels + (channels < 3 ? 0 : c)) * pixels + p]!;
        picture.data[at + 3] = 255;
      }
    }
    this.context.putImageData(picture, 0, 0);
  }
}
