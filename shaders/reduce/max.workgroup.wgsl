// max over axes, long ones: as reduce/max.serial.wgsl. Invocation l looks at r = l, l + 64 …; then a tree, in which the lower index wins a tie.
// One workgroup owns one y. Library: reduce/offset.

struct Params {
  outputs: u32, length: u32, k1: u32, k2: u32, ks0: u32, ks1: u32, ks2: u32,
  r1: u32, r2: u32, rs0: u32, rs1: u32, rs2: u32, x_model: u32, y_model: u32, index_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> index: array<u32>;

var<workgroup> values: array<f32, 64>;
var<workgroup> places: array<u32, 64>;

fn is_nan(v: f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }

// Whether b at rb comes before a at ra.
fn wins(b: f32, rb: u32, a: f32, ra: u32) -> bool {
  if (is_nan(a) || is_nan(b)) { return is_nan(b) && (!is_nan(a) || rb < ra); }
  return b > a || (b == a && rb < ra);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let k = wid.y * count.x + wid.x;
  let g = params;
  if (k >= g.outputs) { return; }
  let base = wid.z * g.x_model + offset3(k, g.k1, g.k2, g.ks0, g.ks1, g.ks2);
  // Invocations beyond the end start at element 0, which does no harm.
  var winner = select(0u, lid, lid < g.length);
  var best = x[base + offset3(winner, g.r1, g.r2, g.rs0, g.rs1, g.rs2)];
  for (var r = lid + 64u; r < g.length; r += 64u) {
    let v = x[base + offset3(r, g.r1, g.r2, g.rs0, g.rs1, g.rs2)];
    if (wins(v, r, best, winner)) { best = v; winner = r; }
  }
  values[lid] = best;
  places[lid] = winner;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (lid < half && wins(values[lid + half], places[lid + half], values[lid], places[lid])) {
      values[lid] = values[lid + half];
      places[lid] = places[lid + half];
    }
    workgroupBarrier();
  }
  if (lid == 0u) {
    y[wid.z * g.y_model + k] = values[0];
    index[wid.z * g.index_model + k] = places[0];
  }
}
