// The last linear layer, its loss and every gradient of both, in one dispatch:
// z[n,o] = b[o] + Σ_i x[n,i] · w[o,i]; loss row l[n]; dz = ∂(mean l)/∂z; dx = dz · w; dw = dzᵀ · x; db = Σ_n dz.
// kind 0, softmax cross-entropy: l = log Σ exp(z − max) − (z[target] − max), dz = (softmax − onehot)/N, target an integer class; label smoothing,
// and NaN for a target outside 0..O−1, a NaN or an infinite maximum, as in softmax_cross_entropy/forward.wgsl.
// kind 1, mean squared error: l = mean_o (z − target)², dz = 2 (z − target)/(N·O), target an f32 bit pattern.
// x, dx [M,N,I], w [M,O,I], b [M,O], labels [M,N] or [M,N,O], rows (l) [M,N], dw [M,parts,O,I], db [M,parts,O]. Logits are never stored.
// A workgroup owns ROWS rows of the batch, which make one part of dw and db; the consumer adds the parts in order.

struct Params {
  n: u32, i: u32, o: u32, kind: u32, relu_input: u32, smoothing: f32,
  x_model: u32, w_model: u32, b_model: u32, labels_model: u32, rows_model: u32, dx_model: u32, dw_model: u32, db_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read> labels: array<u32>;
@group(0) @binding(5) var<storage, read_write> rows: array<f32>;
@group(0) @binding(6) var<storage, read_write> dx: array<f32>;
@group(0) @binding(7) var<storage, read_write> dw: array<f32>;
@group(0) @binding(8) var<storage, read_write> db: array<f32>;

const ROWS = 4u;
const THREADS = 32u;
const MAX_OUTPUTS = 64u;
var<workgroup> z: array<f32, ROWS * MAX_OUTPUTS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let m = wid.z;
  let part = wid.y * count.x + wid.x;
  let first = part * ROWS;
  if (first >= g.n) { return; }
  let mine = min(ROWS, g.n - first);
  let x_at = m * g.x_model + first * g.i;
  let w_at = m * g.w_model;

  // Logits, into workgroup memory.
  for (var t = lid; t < mine * g.o; t += THREADS) {
    let row = x_at + (t / g.o) * g.i;
    let weights = w_at + (t % g.o) * g.i;
    var sum = 0.0;
    for (var i = 0u; i < g.i; i++) { sum += x[row + i] * w[weights + i]; }
    z[t] = sum + b[m * g.b_model + t % g.o];
  }
  workgroupBarrier();

  // Loss and dz, one row an invocation, in place.
  if (lid < mine) {
    let row = lid * g.o;
    var value = 0.0;
    if (g.kind == 0u) {
      var largest = z[row];
      for (var o = 1u; o < g.o; o++) { largest = max(largest, z[row + o]); }
      let label = labels[m * g.labels_model + first + lid];
      var invalid = label >= g.o || (bitcast<u32>(largest) & 0x7fffffffu) >= 0x7f800000u;
      var total = 0.0;
      var shifted = 0.0;
      for (var o = 0u; o < g.o; o++) {
        invalid = invalid || (bitcast<u32>(z[row + o]) & 0x7fffffffu) > 0x7f800000u;
        total += exp(z[row + o] - largest);
        shifted += z[row + o] - largest;
      }
      let poison = bitcast<f32>(select(0u, 0x7fc00000u, invalid));
      value = log(total) - (z[row + min(label, g.o - 1u)] - largest) + poison;
      if (g.smoothing > 0.0) { value = (1.0 - g.smoothing) * value + g.smoothing * (log(total) - shifted / f32(g.o)); }
      for (var o = 0u; o < g.o; o++) {
        let share = exp(z[row + o] - largest) / total;
        let wanted = select(0.0, 1.0 - g.smoothing, o == label) + g.smoothing / f32(g.o);
        z[row + o] = (share - wanted) / f32(g.n) + poison;
      }
    } else {
      for (var o = 0u; o < g.o; o++) {
        let error = z[row + o] - bitcast<f32>(labels[m * g.labels_model + (first + lid) * g.o + o]);
        value += error * error / f32(g.o);
        z[row + o] = 2.0 * error / f32(g.n * g.o);
      }
    }
    rows[m * g.rows_model + first + lid] = value;
  }
  workgroupBarrier();

  // One invocation takes a column of x: its values of all rows once, and each weight once, for dx and dw together.
  for (var i = lid; i < g.i; i += THREADS) {
    let last = mine - 1u;
    let v = vec4f(x[x_at + i], x[x_at + min(1u, last) * g.i + i], x[x_at + min(2u, last) * g.i + i], x[x_at + last * g.i + i]);
    // Rows past the end repeat the last one; their dz is 0.
    let rows4 = vec4u(0u, 1u, 2u, 3u) < vec4u(mine);
    var sum = vec4f();
    for (var o = 0u; o < g.o; o++) {
      let dz = select(vec4f(), vec4f(z[o], z[g.o + o], z[2u * g.o + o], z[3u * g.o + o]), rows4);
      sum += dz * w[w_at + o * g.i + i];
      let product = select(vec4f(), dz * v, rows4);
      dw[m * g.dw_model + part * g.o * g.i + o * g.i + i] = product.x + product.y + product.z + product.w;
    }
    // Where x came out of a ReLU, its mask is applied here, where x is at hand, and not in the layer below.
    let kept = select(sum, vec4f(), vec4<bool>(g.relu_input != 0u) & (v <= vec4f()));
    for (var r = 0u; r < mine; r++) { dx[m * g.dx_model + (first + r) * g.i + i] = kept[r]; }
  }
  for (var t = lid; t < g.o; t += THREADS) {
    var sum = 0.0;
    for (var r = 0u; r < mine; r++) { sum += z[r * g.o + t]; }
    db[m * g.db_model + part * g.o + t] = sum;
  }
}
