// add, sub, mul, div of equal shapes: y = a ∘ b, ∘ by `kind` 0 … 3. a, b, y [M,size]. One invocation owns one element.

override kind = 0u;

struct Params { size: u32, a_model: u32, b_model: u32, y_model: u32 }
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
  if (i >= params.size) { return; }
  y[wid.z * params.y_model + i] = combine(a[wid.z * params.a_model + i], b[wid.z * params.b_model + i]);
}
