// linear backward, all three gradients in one dispatch; up = dy, or dy where y > 0 if the layer ended in ReLU:
// dx[n,i] = Σ_o up[n,o] · w[o,i]; dw[o,i] = Σ_n up[n,o] · x[n,i]; db[o] = Σ_n up[n,o].
// x, dx [M,N,I], w, dw [M,O,I], y, dy [M,N,O], db [M,O]. One invocation owns one element of dw, then of db, then of dx, in that order
// (so that a launch may stop before dx where nobody wants it, input_grad = 0; the last workgroup's spare invocations then write nothing).

struct Params {
  n: u32, i: u32, o: u32, relu: u32, input_grad: u32,
  x_model: u32, w_model: u32, y_model: u32, dy_model: u32, dx_model: u32, dw_model: u32, db_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> y: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;
@group(0) @binding(6) var<storage, read_write> dw: array<f32>;
@group(0) @binding(7) var<storage, read_write> db: array<f32>;

fn up(m: u32, at: u32) -> f32 {
  let value = dy[m * params.dy_model + at];
  return select(value, 0.0, params.relu != 0u && y[m * params.y_model + at] <= 0.0);
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
    for (var n = 0u; n < g.n; n++) { sum += up(m, n * g.o + id / g.i) * x[m * g.x_model + n * g.i + id % g.i]; }
    dw[m * g.dw_model + id] = sum;
  } else if (id < weights + g.o) {
    let o = id - weights;
    for (var n = 0u; n < g.n; n++) { sum += up(m, n * g.o + o); }
    db[m * g.db_model + o] = sum;
  } else if (g.input_grad != 0u && id < weights + g.o + inputs) {
    let at = id - weights - g.o;
    for (var o = 0u; o < g.o; o++) { sum += up(m, (at / g.i) * g.o + o) * w[m * g.w_model + o * g.i + at % g.i]; }
    dx[m * g.dx_model + at] = sum;
  }
}
