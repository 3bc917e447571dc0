// linear forward on f16 storage, sums in f32: y[n,o] = b[o] + Σ_i x[n,i] · w[o,i], optionally ReLU, rounded once.
// x [M,N,I], w [M,O,I], y [M,N,O] f16, b [M,O] f32. One invocation owns one y.

enable f16;

struct Params { n: u32, i: u32, o: u32, has_bias: u32, relu: u32, x_model: u32, w_model: u32, b_model: u32, y_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f16>;
@group(0) @binding(2) var<storage, read> w: array<f16>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f16>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let id = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (id >= g.n * g.o) { return; }
  let o = id % g.o;
  let n = id / g.o;
  var sum = 0.0;
  for (var i = 0u; i < g.i; i++) {
    sum += f32(x[wid.z * g.x_model + n * g.i + i]) * f32(w[wid.z * g.w_model + o * g.i + i]);
  }
  if (g.has_bias != 0u) { sum += b[wid.z * g.b_model + o]; }
  // A comparison, not max(): max(NaN, 0) is 0 on software adapters and would hide a NaN.
  y[wid.z * g.y_model + id] = f16(select(sum, 0.0, g.relu != 0u && sum < 0.0));
}
