// Softmax cross-entropy with its logits gradient: l[n] = log Σ_o exp(z − max) − (z[label] − max), dz = softmax − onehot (per row, not averaged).
// logits, dz [M,N,O], labels [M,N] integers, l [M,N]. One invocation owns one row. A label outside 0..O−1, a NaN or an
// infinite maximum gives loss and gradient NaN.

struct Params { n: u32, o: u32, logits_model: u32, labels_model: u32, rows_model: u32, dz_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
@group(0) @binding(3) var<storage, read_write> rows: array<f32>;
@group(0) @binding(4) var<storage, read_write> dz: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let n = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (n >= g.n) { return; }
  let at = wid.z * g.logits_model + n * g.o;
  var largest = logits[at];
  for (var o = 1u; o < g.o; o++) { largest = max(largest, logits[at + o]); }
  let label = labels[wid.z * g.labels_model + n];
  // NaN by its bits: max() drops it, and exp(NaN) is finite on SwiftShader.
  var invalid = label >= g.o || (bitcast<u32>(largest) & 0x7fffffffu) >= 0x7f800000u;
  var total = 0.0;
  for (var o = 0u; o < g.o; o++) {
    let logit = logits[at + o];
    invalid = invalid || (bitcast<u32>(logit) & 0x7fffffffu) > 0x7f800000u;
    total += exp(logit - largest);
  }
  // The address is bitcast at run time: a constant NaN is a compile error in WGSL.
  let poison = bitcast<f32>(select(0u, 0x7fc00000u, invalid));
  rows[wid.z * g.rows_model + n] = log(total) - (logits[at + min(label, g.o - 1u)] - largest) + poison;
  for (var o = 0u; o < g.o; o++) {
    let share = exp(logits[at + o] - largest) / total;
    dz[wid.z * g.dz_model + n * g.o + o] = share - select(0.0, 1.0, o == label) + poison;
  }
}
