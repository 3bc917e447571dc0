// ONNX Runtime classifies a generated batch on our device: its input is the generator's buffer, its output stays on the GPU, and our own kernels, with
// the weights of the same net, are run beside it.
import { decodeSafetensors } from '@kindling/core';
import { planBatch, prepare, traitsOf } from '@kindling/datagen';
import { conv2d, linear, maxpool2d, planOp } from '@kindling/kernels';
import * as ort from 'onnxruntime-web/webgpu';

const BATCH = 16;
const usage = () => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

/** conv 3×3 (1→4), ReLU, max-pool 2, conv 3×3 (4→8), ReLU, max-pool 2, linear: model.mjs, as a list of plans with the names of what each binds. */
function planNet(traits) {
  const conv = (c, k, side) => ({
    inputs: { x: [BATCH, c, side, side], w: [k, c, 3, 3], b: [k] },
    attrs: { stride: 1, padding: 1, groups: 1, relu: true },
    traits,
  });
  const pool = (c, side) => ({ inputs: { x: [BATCH, c, side, side] }, attrs: { kernel: 2, stride: 2, padding: 0 }, own: ['tap'], traits });
  return [
    { plan: planOp(conv2d, conv(1, 4, 28)), names: { x: 'x', w: 'conv1.weight', b: 'conv1.bias', y: 'conv1' } },
    { plan: planOp(maxpool2d, pool(4, 28)), names: { x: 'conv1', y: 'pool1' } },
    { plan: planOp(conv2d, conv(4, 8, 14)), names: { x: 'pool1', w: 'conv2.weight', b: 'conv2.bias', y: 'conv2' } },
    { plan: planOp(maxpool2d, pool(8, 14)), names: { x: 'conv2', y: 'pool2' } },
    {
      plan: planOp(linear, { inputs: { x: [BATCH, 392], w: [10, 392], b: [10] }, attrs: { relu: false }, traits }),
      names: { x: 'pool2', w: 'fc.weight', b: 'fc.bias', y: 'logits' },
    },
  ];
}

/** @param onnx, safetensors bytes of the two files beside this one, written by one run of kindling */
export async function start(device, { onnx, safetensors }) {
  ort.env.wasm.numThreads = 1; // more want a cross-origin isolated page
  ort.env.wasm.wasmPaths = '/'; // where the server has ONNX Runtime's .wasm
  const session = await ort.InferenceSession.create(onnx, {
    executionProviders: [{ name: 'webgpu', device }],
    preferredOutputLocation: 'gpu-buffer',
  });

  const traits = traitsOf(device);
  const batch = planBatch({ recipe: { family: 'strokes' }, batch: BATCH, traits });
  const net = planNet(traits);
  const buffers = {};
  for (const { name, bytes } of batch.tensors) buffers[name] = device.createBuffer({ size: bytes, usage: usage() });
  for (const { plan, names } of net) {
    for (const { name, bytes } of plan.tensors) buffers[names[name]] ??= device.createBuffer({ size: bytes, usage: usage() });
  }
  for (const [name, { data }] of Object.entries(decodeSafetensors(safetensors).tensors)) device.queue.writeBuffer(buffers[name], 0, data);
  device.queue.writeBuffer(buffers.seeds, 0, Uint32Array.of(7));
  const bound = ({ names }) => Object.fromEntries(Object.entries(names).map(([name, buffer]) => [name, buffers[buffer]]));
  const work = prepare(device, [{ plan: batch, buffers }, ...net.map((layer) => ({ plan: layer.plan, buffers: bound(layer) }))]);

  return {
    buffers,
    /** Generates batch `step`, runs our forward pass and ONNX Runtime's on it. @returns the GPUBuffer of ONNX Runtime's logits and what frees it */
    async classify(step) {
      device.queue.writeBuffer(buffers.state, 0, Uint32Array.of(step));
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      work.encode(pass);
      pass.end();
      device.queue.submit([encoder.finish()]);
      const x = ort.Tensor.fromGpuBuffer(buffers.x, { dataType: 'float32', dims: [BATCH, 1, 28, 28] });
      const { logits } = await session.run({ x });
      return { logits: logits.gpuBuffer, free: () => logits.dispose() };
    },
    async destroy() {
      await session.release();
      work.destroy();
      for (const buffer of Object.values(buffers)) buffer.destroy();
    },
  };
}
