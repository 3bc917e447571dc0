import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOp, type Problem } from '../testing/check-op.js';
import { uniform } from '../testing/draw.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';
import { runOp } from '../testing/run-op.js';

const kinds = await testAdapters();
/** Few values a channel have a gradient of the order of eps: only a large eps keeps it from cancelling to noise. */
const problem = (x: readonly number[], momentum = 0.1) => {
  const channels = [x[1]!];
  const count = x.reduce((a, b) => a * b, 1) / x[1]!;
  return {
    shapes: { x, weight: channels, bias: channels, running_mean: channels, running_var: channels },
    attrs: { eps: count < 4 ? 0.25 : 1e-5, momentum },
  };
};
const inferred = ({ shapes, attrs: { eps } }: ReturnType<typeof problem>) => ({ shapes, attrs: { eps } });
const draw = (name: string, { shapes }: Problem, random: () => number) => {
  const values = uniform(shapes[name]!, random);
  return name === 'running_var' ? values.map((value) => 1.1 + value) : values;
};
const shape: fc.Arbitrary<number[]> = fc
  .tuple(fc.constantFrom(1, 2, 5, 7), fc.constantFrom(1, 3, 8), fc.constantFrom([], [1, 1], [3, 1], [5, 7], [9, 8]))
  .map(([n, c, inner]) => [n, c, ...inner]);

describe('batchnorm', () => {
  it('in training matches the reference and its differences', () =>
    checkOp('batchnorm', {
      always: [problem([13, 3]), problem([2, 3, 7, 5]), problem([1, 2, 9, 8], 0.3)],
      problems: shape.filter((x) => x.reduce((a, b) => a * b, 1) > x[1]!).map((x) => problem(x)),
      draw,
    }));

  it('in inference matches the reference and its differences', () =>
    checkOp('batchnorm_inference', {
      always: [inferred(problem([1, 3])), inferred(problem([2, 3, 7, 5]))],
      problems: shape.map((x) => inferred(problem(x))),
      draw,
    }));

  it('refuses empty and clashing shapes, and a single value a channel in training', () => {
    const { shapes, attrs } = problem([2, 3, 4, 5]);
    for (const op of ['batchnorm', 'batchnorm_inference'] as const) {
      expectZeroSizesRefused(op, shapes, attrs);
      expectRefusal(op, { ...shapes, x: [2, 3, 4] }, attrs, 'x');
      for (const name of ['weight', 'bias', 'running_mean', 'running_var']) expectRefusal(op, { ...shapes, [name]: [2] }, attrs, name);
    }
    expectRefusal('batchnorm', { ...shapes, x: [1, 3, 1, 1] }, attrs, 'x');
    expectZeroSizesRefused('batchnorm_grad_weight', { dy: [2, 3], x: [2, 3], stats: [3, 2] });
    const backward = { dy: [2, 3], x: [2, 3], weight: [3], stats: [3, 2], dweight: [3], dbias: [3] };
    expectZeroSizesRefused('batchnorm_grad_input', backward);
    expectRefusal('batchnorm_grad_input', { ...backward, dy: [3, 2] }, {}, 'dy');
    expectZeroSizesRefused('batchnorm_inference_grad_input', { dy: [2, 3], weight: [3], stats: [3, 2] });
  });

  it.each(kinds)('turns the channel of a NaN or an infinity into NaN, that channel only, as PyTorch, on %s', async (kind) => {
    const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
    const [zeros, ones] = [
      { shape: [3], data: new Float32Array(3) },
      { shape: [3], data: new Float32Array(3).fill(1) },
    ];
    const x = { shape: [2, 3], data: Float32Array.of(nan, inf, 1, 2, 3, 4) };
    const inputs = { x, weight: ones, bias: zeros, running_mean: zeros, running_var: ones };
    const device = await testDevice(kind);
    const { y, new_mean, new_var } = await runOp(device, 'batchnorm', { inputs, attrs: { eps: 1e-5, momentum: 0.1 } });
    expect([...y!.data].map(Number.isNaN)).toEqual([true, true, false, true, true, false]);
    expect([...new_mean!.data.slice(0, 2)]).toEqual([nan, inf]);
    expect([...new_var!.data].map(Number.isNaN)).toEqual([true, true, false]);
    const negative = { ...inputs, running_var: { shape: [3], data: Float32Array.of(nan, -1, inf) } };
    const plain = await runOp(device, 'batchnorm_inference', {
      inputs: { ...negative, x: { shape: [1, 3], data: ones.data } },
      attrs: { eps: 0.5 },
    });
    expect([...plain.y!.data]).toEqual([nan, nan, 0]);
  });
});
