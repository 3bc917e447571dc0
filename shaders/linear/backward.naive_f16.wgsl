// linear backward on f16 storage, sums in f32, all three gradients in one dispatch; what up, dx, dw and db are is in backward.naive.wgsl.
// x, dx [M,N,I], w [M,O,I], y, dy [M,N,O] f16; dw [M,O,I] and db [M,O] f32, as the weights are that they are for.
// One invocation owns one element of dw, then of db, then of dx, in that order (a launch may stop before dx).

enable f16;

struct Params {
  n: u32, i: u32, o: u32, relu: u32, input_grad: u32,
  x_model: u32, w_model: u32, y_model: u32, dy_model: u32, dx_model: u32, dw_model: u32, db_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f16>;
@group(0) @binding(2) var<storage, read> w: array<f16>;
@group(0) @binding(3) var<storage, read> y: array<f16>;
@group(0) @binding(4) var<storage, read> dy: array<f16>;
@group(0) @binding(5) var<storage, read_write> dx: array<f16>;
@group(0) @binding(6) var<storage, read_write> dw: array<f32>;
@group(0) @binding(7) var<storage, read_write> db: array<f32>;

fn up(m: u32, at: u32) -> f32 {
  let value = f32(dy[m * params.dy_model + at]);
  return select(value, 0.0, params.relu != 0u && y[m * params.y_model + at] <= 0.0h);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let id = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  let m = wid.z;
  let inputs = g.n * g.i;
  let weights = g.o * g.i;
  var sum = 0.0;
  if (id < weights) {
    for (var n = 0u; n < g.n; n++) { sum += up(m, n * g.o + id / g.i) * f32(x[m * g.x_model + n * g.i + id % g.i]); }
    dw[m * g.dw_model + id] = sum;
  } else if (id < weights + g.o) {
    let o = id - weights;
    for (var n = 0u; n < g.n; n++) { sum += up(m, n * g.o + o); }
    db[m * g.db_model + o] = sum;
  } else if (g.input_grad != 0u && id < weights + g.o + inputs) {
    let at = id - weights - g.o;
    for (var o = 0u; o < g.o; o++) { sum += up(m, (at / g.i) * g.o + o) * f32(w[m * g.w_model + o * g.i + at % g.i]); }
    dx[m * g.dx_model + at] = f16(sum);
  }
}
