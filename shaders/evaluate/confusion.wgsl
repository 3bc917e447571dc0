// Counts one batch of an evaluation by class: counts[m, label, predicted]++, the predicted class being the first of the largest logits.
// logits [M,N,O], labels [M,N]; counts [M,O,O], zeroed before the first batch. Left out are rows past `total`, and those that evaluate/score
// gives no finite loss (a NaN, an infinite largest logit, a label out of range): the diagonal sums to the number of hits.
// state[0] = batches before this one, read before evaluate/score raises it. One invocation owns one row.

struct Params { n: u32, o: u32, total: u32, logits_model: u32, labels_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
@group(0) @binding(3) var<storage, read_write> counts: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read> state: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let n = (wid.y * count.x + wid.x) * 64u + lid;
  if (n >= g.n || state[0] * g.n + n >= g.total) {
    return;
  }
  let at = wid.z * g.logits_model + n * g.o;
  let label = labels[wid.z * g.labels_model + n];
  var largest = logits[at];
  var winner = 0u;
  var invalid = label >= g.o;
  for (var o = 0u; o < g.o; o++) {
    let logit = logits[at + o];
    if (logit > largest) { largest = logit; winner = o; }
    // NaN by its bits: a comparison with itself folds to false on software adapters.
    invalid = invalid || (bitcast<u32>(logit) & 0x7fffffffu) > 0x7f800000u;
  }
  invalid = invalid || (bitcast<u32>(largest) & 0x7fffffffu) >= 0x7f800000u;
  if (!invalid) {
    atomicAdd(&counts[(wid.z * g.o + label) * g.o + winner], 1u);
  }
}
