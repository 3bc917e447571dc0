// What a bundle of a few kernels weighs. Reads the packages' `dist`, as a consumer's bundler does.
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import * as kernels from '@kindling/kernels';
import { build, type Metafile } from 'esbuild';
import { expect, it } from 'vitest';

const LIMIT = 15_000;
const resolveDir = fileURLToPath(new URL('..', import.meta.url));
const shader = /shaders\/dist\/(.*)\.js$/;

/** One ESM bundle that keeps these exports of a package. @param wgsl whether WGSL texts are in it, or empty in their place */
async function bundle(from: string, names: readonly string[], wgsl: boolean): Promise<{ code: Uint8Array; inputs: Metafile['inputs'] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export { ${names.join(', ')} } from '${from}';`, resolveDir },
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    metafile: true,
    plugins: wgsl ? [] : [{ name: 'no-wgsl', setup: (own) => own.onLoad({ filter: shader }, () => ({ contents: 'export default "";' })) }],
  });
  const [output] = Object.values(metafile.outputs);
  return { code: outputFiles[0]!.contents, inputs: output!.inputs as unknown as Metafile['inputs'] };
}

const report = async (from: string, names: readonly string[]) => {
  const [all, js] = [await bundle(from, names, true), await bundle(from, names, false)];
  const kept = Object.entries(all.inputs).filter(([, input]) => (input as unknown as { bytesInOutput: number }).bytesInOutput > 0);
  const shaders = kept.flatMap(([path]) => shader.exec(path)?.[1] ?? []).sort();
  const gzip = { all: gzipSync(all.code).length, js: gzipSync(js.code).length };
  return { shaders, gzip, text: new TextDecoder().decode(js.code) };
};

it('conv2d, matmul and softmax-cross-entropy with their gradients and the embedding code stay below 15 kB of JavaScript', async () => {
  const conv = ['conv2d', 'conv2dGradInput', 'conv2dGradWeight', 'conv2dGradient', 'reluGrad'];
  const others = ['matmul', 'matmulGradient', 'softmaxCrossEntropy', 'softmaxCrossEntropyGradient', 'scaleRows'];
  const { shaders, gzip, text } = await report('@kindling/kernels', [
    ...conv,
    ...others,
    ...['planOp', 'planGradient', 'prepare', 'prepareAsync', 'PipelineCache', 'traitsOf'],
  ]);
  console.log(
    `conv2d + matmul + softmax_cross_entropy: ${gzip.js} bytes of JavaScript, ${gzip.all - gzip.js} of WGSL in ${shaders.length} kernels, gzipped`,
  );
  expect(new Set(shaders.map((path) => path.split('/')[0]))).toEqual(
    new Set(['conv2d', 'matmul', 'relu', 'rows', 'softmax_cross_entropy']),
  );
  for (const foreign of ['safetensors', 'NUMPY', '__metadata__', 'layernorm', 'threefry', 'ustar']) expect(text).not.toContain(foreign);
  expect(gzip.js).toBeLessThan(LIMIT);
});

it('an op brings its own kernels and nothing else', async () => {
  for (const [name, folder] of [
    ['relu', 'relu'],
    ['topk', 'topk'],
    ['geluGradient', ''],
    ['planOptimizer', 'optimizer'],
    ['prepare', ''],
  ] as const) {
    const { shaders } = await report('@kindling/kernels', [name]);
    expect([...new Set(shaders.map((path) => path.split('/')[0]))], name).toEqual(folder === '' ? [] : [folder]);
  }
});

it('every op of the registry is an export of its own', () => {
  const exported = new Set<unknown>(Object.values(kernels));
  expect(Object.entries(kernels.ops).flatMap(([name, op]) => (exported.has(op) ? [] : [name]))).toEqual([]);
  expect(Object.entries(kernels.gradients).flatMap(([name, rule]) => (rule === 'none' || exported.has(rule) ? [] : [name]))).toEqual([]);
});
