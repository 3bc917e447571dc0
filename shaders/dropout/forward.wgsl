// dropout: y[i] = x[i]·scale, or x[i]·0 with probability p. Word i of the sample key (seed, stream dropout, state[0] = step, layer) decides:
// dropped where its top 24 bits are below `threshold` = p·2²⁴. x, y [M,size], state [M,≥1], seeds [M,1]. The gradient is the same kernel on dy.
// One invocation owns two elements: a Threefry call makes two words. Library: random/threefry.

struct Params { size: u32, layer: u32, threshold: u32, scale: f32, x_model: u32, state_model: u32, seeds_model: u32, y_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> state: array<u32>;
@group(0) @binding(3) var<storage, read> seeds: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let pair = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (2u * pair >= g.size) { return; }
  let key = sample_key(seeds[wid.z * g.seeds_model], STREAM_DROPOUT, state[wid.z * g.state_model], g.layer);
  let factor = select(vec2f(g.scale), vec2f(0.0), (draw_pair(key, pair, 0u, 0u) >> vec2u(8u)) < vec2u(g.threshold));
  let from_x = wid.z * g.x_model + 2u * pair;
  let to_y = wid.z * g.y_model + 2u * pair;
  y[to_y] = x[from_x] * factor.x;
  if (2u * pair + 1u < g.size) { y[to_y + 1u] = x[from_x + 1u] * factor.y; }
}
