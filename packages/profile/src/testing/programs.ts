import { defineProgram, type Program } from '@kindling/core';

const program = (name: string, body: string): Program =>
  defineProgram({
    name,
    source: {
      path: `${name}.wgsl`,
      text: `@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1) fn main() { ${body} }`,
    },
    workgroups: [1, 1, 1],
  });

/** y[0] += 1. */
export const addOne = program('test/add_one', 'y[0] = y[0] + 1.0;');
/** y[0] ×= 2. Beside `addOne` the order of dispatches shows in the result. */
export const double = program('test/double', 'y[0] = y[0] * 2.0;');
