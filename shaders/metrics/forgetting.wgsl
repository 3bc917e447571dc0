// One look at what each model has right: counts how often an example went from right to wrong (Toneva et al. 2019).
// logits [M,N,K] f32, labels [N] u32, events [M,N] u32: bit 31 = right at the last look, bit 30 = ever right, the rest = right→wrong transitions.
// One invocation owns one example of one model; z is the model.

struct Params { n: u32, k: u32, logits_model: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
@group(0) @binding(3) var<storage, read_write> events: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let n = (wid.y * groups.x + wid.x) * 64u + lid;
  if (n >= g.n) {
    return;
  }
  let first = wid.z * g.logits_model + n * g.k;
  var largest = logits[first];
  var winner = 0u;
  var valid = (bitcast<u32>(largest) & 0x7fffffffu) <= 0x7f800000u;
  for (var c = 1u; c < g.k; c++) {
    let logit = logits[first + c];
    valid = valid && (bitcast<u32>(logit) & 0x7fffffffu) <= 0x7f800000u;
    if (logit > largest) {
      largest = logit;
      winner = c;
    }
  }
  let right = valid && winner == labels[n];
  let at = wid.z * g.n + n;
  let was = events[at];
  let forgotten = select(0u, 1u, !right && (was >> 31u) == 1u);
  let marks = select(was & 0x40000000u, 0xc0000000u, right);
  events[at] = marks | ((was & 0x3fffffffu) + forgotten);
}
