// Times of the problems that an export names, variant by variant: medians of rounds that each run long enough to be told apart.
import { evaluate } from './expressions.js';
import { Problem } from './gpu.js';
import { allowedVariants, ELEMENT_BYTES, plan, product } from './kernel.js';

const ROUNDS = 7;
const ROUND_MS = 20;

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** f16 bits of a small number, truncated: benchmarks need values, not their last bit. */
function half(value) {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0];
  const exponent = ((bits >> 23) & 255) - 112;
  return ((bits >> 16) & 0x8000) | (exponent <= 0 ? 0 : (exponent << 10) | ((bits >> 13) & 1023));
}

/** Contents by kind, as the manifest's schema says. */
function fill({ element, contents }, elements, below) {
  const random = () => Math.random();
  const draws = {
    any: () => 2 * random() - 1,
    pose: () => 2 * random() - 1,
    sixteenths: () => Math.round(32 * random() - 16) / 16,
    positive: () => 0.25 + 1.5 * random(),
    integers: () => Math.floor(random() * below),
    nibbles: () => Array.from({ length: 8 }, () => Math.floor(random() * contents.below)).reduce((word, nibble) => word * 16 + nibble, 0),
    distinct: (_, i) => 0.01 * ((i * 7919) % elements),
  };
  const values = Array.from({ length: elements }, draws[contents.kind]);
  const array =
    element === 'f16' ? Uint16Array.from(values, half) : element === 'u32' ? Uint32Array.from(values) : Float32Array.from(values);
  return new Uint8Array(array.buffer);
}

export async function timeKernel(kernel, adapter, say) {
  const found = [];
  for (const one of kernel.bench) {
    const shapes = Object.fromEntries(Object.entries(one.tensors).map(([name, { shape }]) => [name, shape]));
    const request = { models: one.models, attrs: one.attrs, shapes, strides: {} };
    const strides = Object.entries(shapes).map(([name, shape]) => [name, product(shape)]);
    let planned;
    try {
      planned = plan(kernel, { ...request, strides: Object.fromEntries(strides) }, adapter);
    } catch (error) {
      say(`${kernel.manifest.name}: ${error.message}`);
      continue;
    }
    const contents = {};
    for (const [name, tensor] of Object.entries(one.tensors)) {
      const below = tensor.contents?.kind === 'integers' ? evaluate(tensor.contents.below, planned.env) : 0;
      contents[name] = tensor.file
        ? await Deno.readFile(`${kernel.folder}/bench/${tensor.file}`)
        : fill(tensor, planned.tensors[name].elements, below);
      if (contents[name].length < planned.tensors[name].elements * ELEMENT_BYTES[tensor.element])
        throw new Error(`${name}: too few values`);
    }
    const problem = new Problem(kernel, planned, adapter, contents);
    for (const variant of allowedVariants(kernel, planned, adapter)) {
      problem.reset();
      const prepared = await problem.prepare(variant);
      const time = async (times) => {
        const began = performance.now();
        await problem.run(prepared, times);
        return (performance.now() - began) / times;
      };
      await time(1);
      const times = Math.max(1, Math.round(ROUND_MS / (await time(1))));
      const ms = [];
      for (let round = 0; round < ROUNDS; round++) ms.push(await time(times));
      const middle = median(ms);
      const result = {
        ...{
          name: kernel.manifest.name,
          bench: one.name,
          variant,
          ms: middle,
          ms_min: Math.min(...ms),
          ms_max: Math.max(...ms),
          rounds: ROUNDS,
          times,
        },
        gflops: one.flops === null ? null : one.flops / middle / 1e6,
        gbytes: (one.bytes_read + one.bytes_written) / middle / 1e6,
      };
      found.push(result);
      const rate = result.gflops === null ? '' : `, ${result.gflops.toPrecision(3)} GFLOP/s`;
      say(
        `${result.name} ${one.name} ${variant}: ${middle.toPrecision(3)} ms (${ms.length} × ${times})${rate}, ${result.gbytes.toPrecision(3)} GB/s`,
      );
    }
    problem.destroy();
  }
  return found;
}
