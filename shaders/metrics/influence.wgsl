// What each training example does for each evaluated one: I[i,t] = P[model right on t | i in its subset] − P[… | not] over M subset models
// (Feldman & Zhang 2020). inside [N,W], right [T,W] u32: bit m of a row is model m's; results [N,2] f32 = max over t of I, Σ over t of |I|.
// An example that is in all subsets or in none has NaN. One invocation owns one training example.

struct Params { n: u32, evaluated: u32, words: u32, models: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> inside: array<u32>;
@group(0) @binding(2) var<storage, read> right: array<u32>;
@group(0) @binding(3) var<storage, read_write> results: array<vec2u>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lid: u32) {
  let p = params;
  let n = (wid.y * groups.x + wid.x) * 64u + lid;
  if (n >= p.n) {
    return;
  }
  var within = 0u;
  for (var w = 0u; w < p.words; w++) {
    within += countOneBits(inside[n * p.words + w]);
  }
  let a = 1.0 / f32(within);
  let b = 1.0 / f32(p.models - within);
  var most = -2.0;
  var sum = 0.0;
  for (var t = 0u; t < p.evaluated; t++) {
    var both = 0u;
    var all = 0u;
    for (var w = 0u; w < p.words; w++) {
      let bits = right[t * p.words + w];
      both += countOneBits(bits & inside[n * p.words + w]);
      all += countOneBits(bits);
    }
    let influence = f32(both) * a - f32(all - both) * b;
    most = max(most, influence);
    sum += abs(influence);
  }
  let valid = within > 0u && within < p.models;
  results[n] = select(vec2u(0x7fc00000u), vec2u(bitcast<u32>(most), bitcast<u32>(sum)), valid);
}
