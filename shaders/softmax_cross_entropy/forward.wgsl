// Softmax cross-entropy with its logits gradient: l[n] = weights[n] · Σ_o t[o] · (log Σ_k exp(z[k]) − z[o]), dz[n,o] = weights[n] · (softmax − t), with
// targets t = (1 − smoothing) · onehot(label) + smoothing/O; the maximum is subtracted first. Rows are not averaged; a missing weight is 1.
// logits, dz [M,N,O], labels [M,N] integers, weights, l [M,N]. One invocation owns one row. A label outside 0..O−1, a NaN or an
// infinite maximum gives loss and gradient NaN.

struct Params {
  n: u32, o: u32, smoothing: f32, has_weights: u32,
  logits_model: u32, labels_model: u32, weights_model: u32, rows_model: u32, dz_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> rows: array<f32>;
@group(0) @binding(5) var<storage, read_write> dz: array<f32>;

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
  var shifted = 0.0;
  for (var o = 0u; o < g.o; o++) {
    let logit = logits[at + o];
    invalid = invalid || (bitcast<u32>(logit) & 0x7fffffffu) > 0x7f800000u;
    total += exp(logit - largest);
    shifted += logit - largest;
  }
  // The address is bitcast at run time: a constant NaN is a compile error in WGSL.
  let poison = bitcast<f32>(select(0u, 0x7fc00000u, invalid));
  var loss = log(total) - (logits[at + min(label, g.o - 1u)] - largest) + poison;
  // Without smoothing the other logits must not come in, not even times 0: one of them may be −infinity.
  if (g.smoothing > 0.0) { loss = (1.0 - g.smoothing) * loss + g.smoothing * (log(total) - shifted / f32(g.o)); }
  var weight = 1.0;
  if (g.has_weights != 0u) { weight = weights[wid.z * g.weights_model + n]; }
  rows[wid.z * g.rows_model + n] = weight * loss;
  for (var o = 0u; o < g.o; o++) {
    let share = exp(logits[at + o] - largest) / total;
    let wanted = select(0.0, 1.0 - g.smoothing, o == label) + g.smoothing / f32(g.o);
    dz[wid.z * g.dz_model + n * g.o + o] = weight * (share - wanted + poison);
  }
}
