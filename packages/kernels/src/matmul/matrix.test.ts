import { decodeF16, encodeF16, type Program, type Traits } from '@kindling/core';
import { nullDevice, testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { ops } from '../registry.js';
import { compare } from '../testing/compare.js';
import { generator, uniform } from '../testing/draw.js';
import { Guarded } from '../testing/guarded.js';
import { toleranceOf } from '../testing/tolerance.js';
import { matmulReference } from './reference.js';

/**
 * Subgroup matrices with plain loops, in place of matrices.wgsl on adapters that have none: a factor is where it lies, an invocation holds eight
 * elements of a sum, half a row. The loop begins where the compiler cannot tell, or lavapipe unrolls it and compiles for minutes.
 */
const emulated = `
enable f16;
struct Factor { at: u32, row: u32, column: u32 }
alias Left = Factor;
alias Right = Factor;
struct Sum { near: vec4f, far: vec4f }
var<private> lane: u32;
fn left_rows(first: u32, stride: u32) -> Left { return Factor(first, stride, 1u); }
fn left_columns(first: u32, stride: u32) -> Left { return Factor(first, 1u, stride); }
fn right_rows(first: u32, stride: u32) -> Right { return Factor(first, stride, 1u); }
fn right_columns(first: u32, stride: u32) -> Right { return Factor(first, 1u, stride); }
fn four(right: Right, k: u32, j: u32) -> vec4f {
  let at = right.at + k * right.row + j * right.column;
  let next = right.column;
  return vec4f(vec4(b[at], b[at + next], b[at + 2u * next], b[at + 3u * next]));
}
fn multiply_add(left: Left, right: Right, sum: Sum) -> Sum {
  var s = sum;
  for (var k = select(0u, 16u, params.k == 0u); k < 16u; k++) {
    let x = vec4f(f32(a[left.at + lane / 2u * left.row + k * left.column]));
    s.near = fma(x, four(right, k, lane % 2u * 8u), s.near);
    s.far = fma(x, four(right, k, lane % 2u * 8u + 4u), s.far);
  }
  return s;
}
fn keep(at: u32, sum: Sum) {
  for (var c = 0u; c < 4u; c++) {
    sums[at + 8u * lane + c] = sum.near[c];
    sums[at + 8u * lane + c + 4u] = sum.far[c];
  }
}
`;

const pretended = (traits: Traits): Traits => ({
  ...traits,
  features: ['subgroups', 'shader-f16', 'chromium-experimental-subgroup-matrix'],
  subgroupSize: 32,
  subgroupMatrices: [{ componentType: 'f16', resultComponentType: 'f32', M: 16, N: 16, K: 16 }],
});

interface Sizes {
  readonly i: number;
  readonly j: number;
  readonly k: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

function problem({ i, j, k, transposeA = false, transposeB = false }: Sizes, traits: Traits, variant = 'matrix_f16') {
  const shapes = { a: transposeA ? [k, i] : [i, k], b: transposeB ? [j, k] : [k, j], y: [i, j] };
  const info = (shape: number[]) => ({ shape, dtype: 'f16' as const, modelStride: shape[0]! * shape[1]! });
  const tensors = { a: info(shapes.a), b: info(shapes.b), y: info(shapes.y) };
  const attrs = { transposeA, transposeB, storage: 'f16' };
  const [launch] = ops.matmul.lower({ attrs, models: 1, traits, tensors, variant });
  return { shapes, attrs, program: launch!.program };
}

/** The kernel's own text with the matrices emulated, told the number of each lane. */
const withLoops = (program: Program): Program => ({
  ...program,
  features: ['shader-f16'],
  sources: program.sources.map(({ path, text }) => ({
    path,
    text: path.endsWith('matrices.wgsl')
      ? emulated
      : text
          .replace('enable chromium_experimental_subgroup_matrix;', '')
          // Not every implementation takes pointers to these as parameters.
          .replace(/&(a|b|sums), /g, '')
          .replace(/^diagnostic.*;$/m, '')
          .replace('let g = params;', 'lane = lid % 32u;\n  let g = params;'),
  })),
});

const kinds = await testAdapters();

describe('matmul with subgroup matrices', () => {
  it('compiles where Dawn has them', async () => {
    const device = await nullDevice();
    if (!device) return;
    const { program } = problem({ i: 64, j: 128, k: 16 }, pretended(device.traits));
    expect(device.traits.features).toContain('chromium-experimental-subgroup-matrix');
    expect(device.pipeline(program)).toBeDefined();
    const broken = { ...program, sources: program.sources.filter(({ path }) => !path.endsWith('matrices.wgsl')) };
    expect(() => device.pipeline(broken)).toThrow(/Left/);
  });

  it('is refused where anything that it needs is missing, and never the op’s own choice', async () => {
    const traits = pretended((await testDevice(kinds[0]!)).traits);
    const refused = (sizes: Sizes, changed: Partial<Traits>, reason: RegExp) =>
      expect(() => problem(sizes, { ...traits, ...changed })).toThrow(reason);
    const sizes = { i: 64, j: 128, k: 16 };
    refused(sizes, { features: ['shader-f16'] }, /the feature chromium-experimental-subgroup-matrix/);
    refused(sizes, { subgroupSize: 64 }, /subgroups of 32/);
    refused(sizes, { subgroupMatrices: [] }, /subgroup matrices of 16×16/);
    for (const other of [{ i: 32 }, { j: 64 }, { k: 8 }]) refused({ ...sizes, ...other }, {}, /I that is a multiple of 64/);
    const { shapes, attrs } = problem(sizes, traits);
    const tensors = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [name, { shape, dtype: 'f16' as const, modelStride: 64 * 128 }]),
    );
    const [own] = ops.matmul.lower({ attrs, models: 1, traits: { ...traits, software: false }, tensors });
    expect(own!.program.name).toBe('matmul/forward.tile_f16');
  });

  it.each(kinds)('owns the right elements, matrices emulated, on %s', async (kind) => {
    const device = await testDevice(kind);
    if (!device.traits.features.includes('shader-f16')) return;
    for (const sizes of [
      { i: 128, j: 256, k: 32 },
      { i: 64, j: 128, k: 48, transposeA: true },
      { i: 64, j: 256, k: 16, transposeB: true },
      { i: 128, j: 128, k: 32, transposeA: true, transposeB: true },
    ]) {
      const { shapes, attrs, program } = problem(sizes, pretended(device.traits));
      const random = generator(JSON.stringify(sizes));
      const halves = { a: encodeF16(uniform(shapes.a, random)), b: encodeF16(uniform(shapes.b, random)) };
      const exact = (name: 'a' | 'b') => ({ shape: shapes[name], data: Float64Array.from(decodeF16(halves[name])) });
      const { y: want } = matmulReference({ inputs: { a: exact('a'), b: exact('b') }, attrs });
      const buffers = {
        a: new Guarded(device, 'a', halves.a),
        b: new Guarded(device, 'b', halves.b),
        y: new Guarded(device, 'y', sizes.i * sizes.j, 2),
      };
      device.run(withLoops(program), { a: buffers.a.resource, b: buffers.b.resource, y: buffers.y.resource });
      const got = decodeF16(Uint16Array.from(await buffers.y.bits({ complete: true })));
      for (const buffer of Object.values(buffers)) buffer.destroy();
      compare(`matmul.matrix_f16, emulated, on ${kind}`, Float64Array.from(got), want!, shapes.y, toleranceOf('matmul', 'f16'));
    }
  });
});
