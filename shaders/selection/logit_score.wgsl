// How hard each candidate is for the model: EL2N, |softmax(logits) − onehot(label)| in the 2-norm (Paul et al. 2021), or the margin,
// max over c ≠ y of p_c, less p_y. High is hard in both. logits [M,N,K], labels [M,N] u32, scores [M,N] f32. A label past K, or a logit that is no
// finite number, gives NaN, which selection keeps last. One invocation owns one candidate; metric 0 is EL2N, 1 the margin.

struct Params { n: u32, k: u32, metric: u32, logits_model: u32, labels_model: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
@group(0) @binding(3) var<storage, read_write> scores: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lid: u32) {
  let n = (wid.y * groups.x + wid.x) * 64u + lid;
  if (n >= params.n) {
    return;
  }
  let first = wid.z * params.logits_model + n * params.k;
  let label = labels[wid.z * params.labels_model + n];
  var largest = logits[first];
  var invalid = label >= params.k;
  for (var c = 0u; c < params.k; c++) {
    let logit = logits[first + c];
    // By its bits: software adapters fold x != x to false.
    invalid = invalid || (bitcast<u32>(logit) & 0x7fffffffu) >= 0x7f800000u;
    largest = max(largest, logit);
  }
  var total = 0.0;
  for (var c = 0u; c < params.k; c++) {
    total += exp(logits[first + c] - largest);
  }
  var squares = 0.0;
  var others = 0.0;
  var own = 0.0;
  for (var c = 0u; c < params.k; c++) {
    let p = exp(logits[first + c] - largest) / total;
    if (c == label) {
      own = p;
    } else {
      squares += p * p;
      others = max(others, p);
    }
  }
  let el2n = sqrt(squares + (1.0 - own) * (1.0 - own));
  let score = select(el2n, others - own, params.metric == 1u);
  scores[wid.z * params.n + n] = select(bitcast<u32>(score), 0x7fc00000u, invalid);
}
