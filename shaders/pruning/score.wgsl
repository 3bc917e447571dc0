// Examples x ~ N(0, I_N) as teacher and probe see them: labels [models, P] = 1 where T·x >= 0, and keys [models, P] whose smallest are to be
// kept: the bits of |probe·x| (keep 0, hard), their complement (1, easy) or a random word (2). x itself is made again by pruning/inputs, never
// stored here. directions: see pruning/directions. An invocation owns one example (z = model). Libraries: random/threefry, random/distributions.

override workgroup_size = 64u;

struct Params { seed: u32, first_model: u32, examples: u32, pairs: u32, keep: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> directions: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> keys: array<u32>;
@group(0) @binding(3) var<storage, read_write> labels: array<u32>;

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let example = (wid.y * groups.x + wid.x) * workgroup_size + lane;
  if (example >= params.examples) {
    return;
  }
  let model = params.first_model + wid.z;
  let key = sample_key(params.seed, STREAM_IMAGE, model, 0u);
  var fields = vec2f();
  for (var pair = 0u; pair < params.pairs; pair++) {
    let words = draw_pair(key, example, 0u, pair);
    let x = normal_pair(words.x, words.y);
    let d = directions[wid.z * params.pairs + pair];
    fields += d.xy * x.x + d.zw * x.y;
  }
  let score = bitcast<u32>(abs(fields.y));
  var sort_key = select(score, ~score, params.keep == 1u);
  if (params.keep == 2u) {
    sort_key = draw_word(sample_key(params.seed, STREAM_SELECTION, model, 0u), example, 0u, 0u);
  }
  keys[wid.z * params.examples + example] = sort_key;
  labels[wid.z * params.examples + example] = select(0u, 1u, fields.x >= 0.0);
}
