// The raw draws of samples: words [M,batch,draws] u32 = draws 0 .. draws−1 of one stream of every sample, attempt 0. What the digest hashes and
// the randomness tests read. state[0] = step; seeds[m · seeds_model]. One invocation owns one call, which makes two draws. Library: random/threefry.

override workgroup_size = 64u;

struct Params { batch: u32, first_low: u32, first_high: u32, index_step: u32, seeds_model: u32, draws: u32, stream: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> seeds: array<u32>;
@group(0) @binding(3) var<storage, read_write> words: array<u32>;

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let number = (wid.y * groups.x + wid.x) * workgroup_size + lane;
  let calls = (params.draws + 1u) / 2u;
  let sample = number / calls;
  if (sample >= params.batch) {
    return;
  }
  let call = number % calls;
  let index = sample_index(params.first_low, params.first_high, sample * params.index_step);
  let key = sample_key(seeds[wid.z * params.seeds_model], params.stream, state[0], index.y);
  let pair = draw_pair(key, index.x, 0u, call);
  let at = (wid.z * params.batch + sample) * params.draws + 2u * call;
  words[at] = pair.x;
  if (2u * call + 1u < params.draws) {
    words[at + 1u] = pair.y;
  }
}
