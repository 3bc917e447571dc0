// Adds what M models take each example for: votes[n, c] += the number of models whose largest logit of example n is c's, the first among equals.
// logits [M,N,K] f32, votes [N,K] u32. A model with a logit of the example that is NaN does not vote. One invocation owns one example.

struct Params { n: u32, k: u32, models: u32, logits_model: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> votes: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let n = (wid.y * groups.x + wid.x) * 64u + lid;
  if (n >= g.n) {
    return;
  }
  for (var m = 0u; m < g.models; m++) {
    let first = m * g.logits_model + n * g.k;
    var largest = bitcast<f32>(0xff7fffffu);
    var winner = 0u;
    var valid = true;
    for (var c = 0u; c < g.k; c++) {
      let logit = logits[first + c];
      // By its bits: software adapters fold x != x to false.
      valid = valid && (bitcast<u32>(logit) & 0x7fffffffu) <= 0x7f800000u;
      if (logit > largest) {
        largest = logit;
        winner = c;
      }
    }
    if (valid) {
      votes[n * g.k + winner] += 1u;
    }
  }
}
