// max over axes: y[k] = max_r x[k,r] and index[k] = the first r that has it; a NaN wins, the first of them. Axes as in reduce/sum.serial.wgsl.
// y, index [M,outputs]. One invocation owns one y. Library: reduce/offset.

struct Params {
  outputs: u32, length: u32, k1: u32, k2: u32, ks0: u32, ks1: u32, ks2: u32,
  r1: u32, r2: u32, rs0: u32, rs1: u32, rs2: u32, x_model: u32, y_model: u32, index_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> index: array<u32>;

fn is_nan(v: f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let k = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (k >= g.outputs) { return; }
  let base = wid.z * g.x_model + offset3(k, g.k1, g.k2, g.ks0, g.ks1, g.ks2);
  var best = x[base];
  var winner = 0u;
  for (var r = 1u; r < g.length; r++) {
    let v = x[base + offset3(r, g.r1, g.r2, g.rs0, g.rs1, g.rs2)];
    if (!is_nan(best) && (is_nan(v) || v > best)) { best = v; winner = r; }
  }
  y[wid.z * g.y_model + k] = best;
  index[wid.z * g.index_model + k] = winner;
}
