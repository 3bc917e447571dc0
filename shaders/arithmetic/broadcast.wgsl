// add, sub, mul, div with NumPy broadcasting: y = a ∘ b, ∘ by `kind` 0 … 3. y [M, …, n1 … n5], row-major; an axis along which a or b
// stretches has stride 0 there. One invocation owns one element of y.

override kind = 0u;

struct Params {
  size: u32, n1: u32, n2: u32, n3: u32, n4: u32, n5: u32,
  a0: u32, a1: u32, a2: u32, a3: u32, a4: u32, a5: u32,
  b0: u32, b1: u32, b2: u32, b3: u32, b4: u32, b5: u32,
  a_model: u32, b_model: u32, y_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

fn combine(left: f32, right: f32) -> f32 {
  switch kind {
    case 0u: { return left + right; }
    case 1u: { return left - right; }
    case 2u: { return left * right; }
    default: { return left / right; }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (i >= g.size) { return; }
  let r4 = i / g.n5;
  let r3 = r4 / g.n4;
  let r2 = r3 / g.n3;
  let r1 = r2 / g.n2;
  let c0 = r1 / g.n1;
  let c1 = r1 % g.n1;
  let c2 = r2 % g.n2;
  let c3 = r3 % g.n3;
  let c4 = r4 % g.n4;
  let c5 = i % g.n5;
  let from_a = c0 * g.a0 + c1 * g.a1 + c2 * g.a2 + c3 * g.a3 + c4 * g.a4 + c5 * g.a5;
  let from_b = c0 * g.b0 + c1 * g.b1 + c2 * g.b2 + c3 * g.b3 + c4 * g.b4 + c5 * g.b5;
  y[wid.z * g.y_model + i] = combine(a[wid.z * g.a_model + from_a], b[wid.z * g.b_model + from_b]);
}
