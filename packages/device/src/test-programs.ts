import { defineProgram, type Program } from '@kindling/core';

/** y[i] = factor * x[i], for the tests of this package. */
export function scaleProgram(count: number, factor: number, name = 'test/scale'): Program {
  return defineProgram({
    name,
    source: {
      path: 'test/scale.wgsl',
      text: `struct Params { count: u32, factor: f32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;
override width: u32 = 64;
@compute @workgroup_size(width)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < params.count) { y[id.x] = params.factor * x[id.x]; }
}
`,
    },
    constants: { width: 64 },
    params: { count, factor },
    workgroups: [Math.ceil(count / 64), 1, 1],
  });
}

/** A program that does not compile: `bad.wgsl` line 3 names something unknown, after a library of four lines. */
export function brokenProgram(name = 'test/broken'): Program {
  return defineProgram({
    name,
    libraries: [{ path: 'test/library.wgsl', text: '// one\nfn twice(v: f32) -> f32 {\n  return 2.0 * v;\n}' }],
    source: {
      path: 'test/bad.wgsl',
      text: `@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1) fn main() {
  y[0] = twice(missingName);
}`,
    },
    workgroups: [1, 1, 1],
  });
}
