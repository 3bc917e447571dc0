// Adds one batch to an evaluation: per row the softmax cross-entropy and whether the largest logit is the label's.
// logits [M,N,O], labels [M,N]; rows [M,total,2] = loss, 1 or 0, written at rows first .. first+N−1, where first = state[0] · N; rows past
// `total` are dropped. state[1] counts workgroups; the last one raises state[0]. One invocation owns one row.

struct Params { n: u32, o: u32, total: u32, logits_model: u32, labels_model: u32, rows_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
@group(0) @binding(3) var<storage, read_write> rows: array<vec2f>;
@group(0) @binding(4) var<storage, read_write> state: array<atomic<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let step = atomicLoad(&state[0]);
  let n = (wid.y * count.x + wid.x) * 64u + lid;
  let row = step * g.n + n;
  if (n < g.n && row < g.total) {
    let at = wid.z * g.logits_model + n * g.o;
    let label = labels[wid.z * g.labels_model + n];
    var largest = logits[at];
    var winner = 0u;
    for (var o = 1u; o < g.o; o++) {
      if (logits[at + o] > largest) { largest = logits[at + o]; winner = o; }
    }
    var total = 0.0;
    // As in softmax_cross_entropy/forward.wgsl: NaN by its bits, since exp(NaN) is finite on SwiftShader.
    var invalid = label >= g.o;
    for (var o = 0u; o < g.o; o++) {
      let logit = logits[at + o];
      invalid = invalid || (bitcast<u32>(logit) & 0x7fffffffu) > 0x7f800000u;
      total += exp(logit - largest);
    }
    invalid = invalid || (bitcast<u32>(largest) & 0x7fffffffu) >= 0x7f800000u;
    let poison = bitcast<f32>(select(0u, 0x7fc00000u, invalid));
    let loss = log(total) - (logits[at + min(label, g.o - 1u)] - largest) + poison;
    rows[wid.z * g.rows_model + row] = vec2f(loss, select(0.0, 1.0, winner == label && !invalid));
  }
  workgroupBarrier();
  if (lid == 0u && atomicAdd(&state[1], 1u) == count.x * count.y * count.z - 1u) {
    atomicStore(&state[1], 0u);
    atomicStore(&state[0], step + 1u);
  }
}
