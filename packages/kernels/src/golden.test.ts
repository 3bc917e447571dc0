import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Shape } from '@kindling/core';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import type { Ref } from './gradient.js';
import type { Attrs } from './op.js';
import { type OpName, ops } from './registry.js';
import type { Tensor } from './testing/run-op.js';
import { Tape } from './testing/tape.js';

interface GoldenTensor {
  readonly role: 'inputs' | 'outputs' | 'grads';
  readonly shape: Shape;
  readonly dtype: 'f32' | 'i32';
  readonly file: string;
}
interface GoldenCase {
  readonly name: string;
  readonly op: string;
  readonly attrs: Attrs;
  readonly tensors: Readonly<Record<string, GoldenTensor>>;
}

/** Made by PyTorch in float64 on float32 inputs; the format is the one that `kindling verify` reads. */
const folder = fileURLToPath(new URL('../../../test/fixtures/golden/', import.meta.url));
const { cases } = JSON.parse(readFileSync(`${folder}cases.json`, 'utf8')) as { cases: GoldenCase[] };

/** Of max |got − want| / max(max |want|, 1e-6). No case sums more than 1,000 terms, for which 5e-5 would do. */
const BOUND = 1e-5;

function load({ shape, dtype, file }: GoldenTensor): Tensor {
  const { buffer, byteOffset, byteLength } = readFileSync(folder + file);
  const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
  return { shape, data: dtype === 'i32' ? new Uint32Array(bytes) : new Float32Array(bytes) };
}

interface Adopted {
  /** Our op, where its name differs. */
  readonly op?: OpName;
  /** Attributes that the case leaves out, or spells differently. */
  readonly attrs: Attrs | ((given: Attrs) => Attrs);
  readonly rename?: Readonly<Record<string, string>>;
  /** Whether the case takes the mean of our rows. */
  readonly mean?: boolean;
}

/** The golden op as ours. Cases of other ops are checked elsewhere (train_trace) or have no kernel here. */
const adopted: Readonly<Record<string, Adopted>> = {
  affine_grid_sample: {
    op: 'affine_warp',
    attrs: ({ padding_mode: padding }) => ({ padding: padding! }),
    rename: { params: 'pose' },
  },
  avgpool2d: { attrs: { padding: 0 } },
  conv2d: { attrs: { groups: 1, relu: false } },
  layernorm: { attrs: {} },
  linear: { attrs: { relu: false } },
  matmul: { attrs: { transposeA: false, transposeB: false } },
  maxpool2d: { attrs: {} },
  mse: { attrs: {}, rename: { target: 'labels' }, mean: true },
  softmax_cross_entropy: { attrs: {}, mean: true },
};

function record(golden: GoldenCase): { tape: Tape; found: Record<string, Ref> } {
  const { op = golden.op as OpName, attrs, rename = {}, mean } = adopted[golden.op]!;
  const tape = new Tape();
  const given = Object.entries(golden.tensors).filter(([name, { role }]) => role === 'inputs' && name !== 'dy');
  const refs = Object.fromEntries(given.map(([name, tensor]) => [rename[name] ?? name, tape.input(load(tensor))]));
  const dy = tape.input(golden.tensors.dy ? load(golden.tensors.dy) : { shape: [], data: Float32Array.of(1) });
  // Cases describe themselves in words as well (layout, reduction, note): `planOp` refuses what an op does not have.
  const own = Object.fromEntries(Object.entries(golden.attrs).filter(([name]) => Object.hasOwn(ops[op].attrs ?? {}, name)));
  const outputs = tape.emit(op, refs, { ...own, ...(typeof attrs === 'function' ? attrs(golden.attrs) : attrs) });
  if (!mean) return named(tape.gradient(op, outputs, { y: dy }), outputs.y!);
  const average = tape.emit('mean', { x: outputs.rows! });
  return named(tape.gradient(op, outputs, { rows: tape.gradient('mean', average, { y: dy }).x! }), average.y!);

  function named(grads: Record<string, Ref>, y: Ref) {
    const given = Object.fromEntries(Object.entries(rename).map(([theirs, ours]) => [ours, theirs]));
    return { tape, found: { y, ...Object.fromEntries(Object.entries(grads).map(([name, ref]) => [`d${given[name] ?? name}`, ref])) } };
  }
}

describe.each(await testAdapters())('golden cases on %s', (kind) => {
  it.each(cases.filter(({ op }) => op in adopted))('$name', async (golden) => {
    const device = await testDevice(kind);
    const { tape, found } = record(golden);
    const pending = ['naive'];
    for (const variant of pending) {
      const { value, variants } = await tape.play(device, variant);
      for (const name of variants) if (!pending.includes(name)) pending.push(name);
      for (const [name, tensor] of Object.entries(golden.tensors)) {
        if (tensor.role === 'inputs') continue;
        const want = load(tensor).data;
        const got = value(found[name]!).sum;
        expect(got.length, name).toBe(want.length);
        const error = got.reduce((worst, element, i) => Math.max(worst, Math.abs(element - want[i]!)), 0);
        const share = error / Float64Array.from(want).reduce((largest, element) => Math.max(largest, Math.abs(element)), 1e-6);
        if (process.env.KINDLING_TOLERANCES) process.stderr.write(`${golden.name} ${name} in ${variant} on ${kind}: ${share}\n`);
        expect(share, `${name} in ${variant}`).toBeLessThanOrEqual(BOUND);
      }
    }
  });
});
