// In the page: runs a browser example and gives its numbers to whoever drives the page. What is read back here is read for the check alone.
import { Meter } from '@kindling/device';
import { initialWeights, problem } from '../net.js';
import { read } from '../read.js';
import { batchesOf } from './batches.js';
import { train } from './reference.js';

async function openDevice() {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) throw new Error('this browser offers no WebGPU adapter; on Linux Chromium needs --enable-unsafe-webgpu');
  return adapter.requestDevice();
}

function newCanvas() {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 480;
  document.body.replaceChildren(canvas);
  return canvas;
}

/** RGBA of the canvas, in the task that drew it: WebGPU takes the picture away afterwards. */
function pictureOf(canvas) {
  const copy = new OffscreenCanvas(480, 480).getContext('2d');
  copy.drawImage(canvas, 0, 0);
  return copy.getImageData(0, 0, 480, 480).data;
}

const f32 = async (device, buffer) => new Float32Array(await read(device, buffer));

/** Counts what crosses on a device, and every transfer that touches one of the buffers. */
function watch(device, buffers) {
  const meter = Meter.of(device);
  const before = meter.snapshot();
  const touched = [];
  const stop = meter.listen(({ direction, call, target }) => {
    if (buffers.includes(target)) touched.push(`${direction} by ${call}`);
    return () => undefined;
  });
  return () => {
    stop();
    return { ...meter.since(before), touched };
  };
}

function collectErrors(device) {
  const errors = [];
  device.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));
  return errors;
}

/** How far the middle of any pixel of any image on the canvas is from what its buffers say, in steps of 255, red and green. */
function farthestPixel(picture, images, losses) {
  let most = 0;
  for (let i = 0; i < images.length; i++) {
    const [n, h, w] = [Math.floor(i / 784), Math.floor(i / 28) % 28, i % 28];
    const [column, row] = [60 * (n % 8) + 2 + 2 * w, 60 * Math.floor(n / 8) + 2 + 2 * h];
    const at = 4 * (row * 480 + column);
    const known = 1 - Math.min(Math.max(losses[n] / 3, 0), 1);
    most = Math.max(most, Math.abs(picture[at] - 255 * images[i]), Math.abs(picture[at + 1] - 255 * images[i] * known));
  }
  return most;
}

/** Frames of an example that trains and draws; the first compiles and is not watched. */
async function trainAndDraw(device, example, canvas, steps, errors) {
  const { buffers, history } = example;
  example.frame();
  await device.queue.onSubmittedWorkDone();
  const traffic = watch(device, Object.values(buffers));
  let picture;
  for (let step = 1; step < steps; step++) {
    example.frame();
    if (step === steps - 1) picture = pictureOf(canvas);
    await new Promise(requestAnimationFrame);
  }
  await device.queue.onSubmittedWorkDone();
  const crossed = traffic();
  const [rows, images, losses] = [await f32(device, history), await f32(device, buffers.x), await f32(device, buffers.rows)];
  const batches = await batchesOf(device, steps);
  example.destroy();
  const drawn = images.every((value, i) => value === batches.at(-1).images[i]);
  return {
    losses: Array.from({ length: steps }, (_, step) => rows[4 * step]),
    expected: train(batches, initialWeights(), problem),
    drawnIsLastBatch: drawn,
    farthestPixel: farthestPixel(picture, images, losses),
    brightest: Math.max(...images),
    crossed,
    errors,
  };
}

const engines = {
  async three(canvas, steps) {
    const { start } = await import('../three/main.js');
    const device = await openDevice();
    return { device, ...(await start(device, canvas, steps)) };
  },
  babylon: async (canvas, steps) => (await import('../babylon/main.js')).start(canvas, steps),
};

async function numbersOf(engine, steps) {
  const canvas = newCanvas();
  const example = await engines[engine](canvas, steps);
  return trainAndDraw(example.device, example, canvas, steps, collectErrors(example.device));
}
export const three = (steps) => numbersOf('three', steps);
export const babylon = (steps) => numbersOf('babylon', steps);

/** For a visitor: trains and draws until the tab is closed. The history begins again after its last step. */
export async function show(engine) {
  const example = await engines[engine](newCanvas(), 1000);
  const next = () => {
    example.frame();
    requestAnimationFrame(next);
  };
  next();
}

export async function onnxruntime(steps) {
  const { start } = await import('../onnxruntime-web/main.js');
  const bytes = async (name) => new Uint8Array(await (await fetch(`/onnxruntime-web/${name}`)).arrayBuffer());
  const device = await openDevice();
  const errors = collectErrors(device);
  const example = await start(device, { onnx: await bytes('model.onnx'), safetensors: await bytes('model.safetensors') });
  (await example.classify(0)).free();
  const results = [];
  for (let step = 1; step <= steps; step++) {
    const traffic = watch(device, [example.buffers.x, example.buffers.logits]);
    const { logits, free } = await example.classify(step);
    await device.queue.onSubmittedWorkDone();
    const crossed = traffic();
    const ours = await f32(device, example.buffers.logits);
    const theirs = (await f32(device, logits)).subarray(0, ours.length); // its buffers are pooled, and longer
    results.push({ crossed, theirs: [...theirs], ours: [...ours], labels: [...new Uint32Array(await read(device, example.buffers.y))] });
    free();
  }
  await example.destroy();
  return { results, errors };
}
