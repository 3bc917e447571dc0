import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Host } from '../host.js';
import type { Bench } from '../suite/bench.js';
import { fixedBatch, initialWeights, model, problem } from '../workload.js';
import { requireLogits } from './forward-reference.js';

/** Writes a model as an ONNX file; the command line brings its exporter, so that what users export is what is timed. */
export type OnnxExporter = (
  trained: {
    model: typeof model;
    classes: number;
    tensors: Record<string, { shape: readonly number[]; dtype: 'F32'; data: Float32Array<ArrayBuffer> }>;
  },
  properties: Readonly<Record<string, string>>,
) => Uint8Array<ArrayBuffer>;

const WEBGPU_PROGRAM = 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm';

export type OnnxProvider = 'wasm' | 'webgpu';

function modelBytes(exporter: OnnxExporter): Uint8Array<ArrayBuffer> {
  const tensors = Object.fromEntries(
    Object.entries(initialWeights()).map(([name, { shape, data }]) => [name, { shape, dtype: 'F32' as const, data }]),
  );
  return exporter({ model, classes: problem.classes, tensors }, {});
}

/** onnxruntime-web's forward pass of the exported poster CNN on one of its providers. */
export const onnxForward = (provider: OnnxProvider, exporter: OnnxExporter | undefined): Bench => ({
  set: 'peers',
  name: 'forward pass',
  engine: `onnxruntime-web ${provider}`,
  async open(host: Host) {
    if (!exporter) throw new Error('no ONNX exporter at hand: call `npx kindling bench peers`');
    if (provider === 'webgpu') host.lendNavigator();
    const ort = provider === 'webgpu' ? await import('onnxruntime-web/webgpu') : await import('onnxruntime-web');
    ort.env.wasm.numThreads = 2;
    // Its WebGPU build asks the web for its program, which Node cannot fetch from a file.
    if (provider === 'webgpu')
      ort.env.wasm.wasmBinary = new Uint8Array(readFileSync(createRequire(import.meta.url).resolve(WEBGPU_PROGRAM))).buffer;
    const creating = ort.InferenceSession.create(modelBytes(exporter), { executionProviders: [provider] });
    const session = await creating.catch((error: Error) => {
      const said = error.message.split('\n')[0]!;
      throw new Error(provider === 'webgpu' ? `its WebGPU provider did not make a session in Node: ${said}` : said);
    });
    const { x } = fixedBatch();
    const input = new ort.Tensor('float32', x.data, [...x.shape]);
    let last: Float32Array | undefined;
    return {
      // Every run hands its logits back to the host: the interface has no other way to know that it is done.
      async run(times) {
        for (let i = 0; i < times; i++) last = (await host.patiently(session.run({ x: input }))).logits!.data as Float32Array;
      },
      check: async () => requireLogits(last!),
      facts: { provider, threads: 2 },
      work: { amount: problem.batch, unit: 'image' },
      destroy: () => void session.release(),
    };
  },
});
