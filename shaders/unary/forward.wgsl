// unary: y = f(x), f by `kind`, in the order of KINDS in the descriptor. x, y [M,size]. NaN stays NaN. One invocation owns one element.
// Library: unary/math. `factor` and `offset` are those of scale, y = factor·x + offset.

override kind = 0u;

struct Params { size: u32, factor: f32, offset: f32, x_model: u32, y_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

fn value(v: f32) -> f32 {
  switch kind {
    case 0u: { return v * normal_cdf(v); }
    case 1u: { return v * sigmoid_f32(gelu_argument(v)); }
    case 2u: { return tanh_f32(v); }
    case 3u: { return sigmoid_f32(v); }
    case 4u: { return exp_f32(v); }
    case 5u: { return log_f32(v); }
    case 6u: { return -v; }
    case 7u: { return v * v; }
    case 8u: {
      if (v < 0.0) { return special(0x7fc00000u); }
      return sqrt(v);
    }
    default: { return params.factor * v + params.offset; }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  if (i >= params.size) { return; }
  let v = x[wid.z * params.x_model + i];
  y[wid.z * params.y_model + i] = select(value(v), v, is_nan(v));
}
