// Gradient of unary: dx = dy · f'(x), f by `kind` as in unary/forward.wgsl; v holds x (gelu, log, square) or y (tanh, sigmoid, exp, sqrt).
// v, dy, dx [M,size]. One invocation owns one element. Library: unary/math.

override kind = 0u;

struct Params { size: u32, v_model: u32, dy_model: u32, dx_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> v: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

fn slope(at: f32, d: f32) -> f32 {
  switch kind {
    case 0u: { return d * (normal_cdf(at) + at * normal_density(at)); }
    case 1u: {
      let u = gelu_argument(at);
      let gate = sigmoid_f32(u);
      // sigmoid(−u) is 1 − gate without the cancellation.
      return d * (gate + at * gate * sigmoid_f32(-u) * gelu_argument_slope(at));
    }
    case 2u: { return d * (1.0 - at * at); }
    case 3u: { return d * at * (1.0 - at); }
    case 4u: { return d * at; }
    case 5u: { return d / at; }
    case 7u: { return d * 2.0 * at; }
    default: { return d / (2.0 * at); }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  if (i >= params.size) { return; }
  let at = v[wid.z * params.v_model + i];
  dx[wid.z * params.dx_model + i] = select(slope(at, dy[wid.z * params.dy_model + i]), at, is_nan(at));
}
