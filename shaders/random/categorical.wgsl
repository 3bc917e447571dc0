// One category a sample: chosen [M,batch,stride] u32, word `offset`, in 0 .. categories-1, with probability proportional to weights [M or 1,categories] (f32 bits).
// Draw number `draw` of the sample's stream decides, in integers only (random/distributions.wgsl), so that every adapter chooses the same.
// state[0] = step; seeds [M or 1]. Negative, NaN, infinite and denormal weights count as 0; all 0 means uniform. categories <= 256.
// One workgroup owns workgroup_size samples and quantises the row once. Libraries: random/threefry, random/distributions.

override workgroup_size = 64u;

struct Params {
  batch: u32, categories: u32, stream: u32, draw: u32, first_low: u32, first_high: u32, index_step: u32, seeds_model: u32, weights_model: u32,
  stride: u32, offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> seeds: array<u32>;
@group(0) @binding(3) var<storage, read> weights: array<u32>;
@group(0) @binding(4) var<storage, read_write> chosen: array<u32>;

var<workgroup> quantised: array<u32, 256>;
var<workgroup> largest: atomic<u32>;
var<workgroup> total: atomic<u32>;

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let g = params;
  let row = wid.z * g.weights_model;
  for (var c = lane; c < g.categories; c += workgroup_size) {
    atomicMax(&largest, weight_exponent(weights[row + c]));
  }
  workgroupBarrier();
  let exponent = atomicLoad(&largest);
  for (var c = lane; c < g.categories; c += workgroup_size) {
    let weight = quantise_weight(weights[row + c], exponent);
    quantised[c] = weight;
    atomicAdd(&total, weight);
  }
  workgroupBarrier();

  let sample = (wid.y * groups.x + wid.x) * workgroup_size + lane;
  if (sample >= g.batch) { return; }
  let index = sample_index(g.first_low, g.first_high, sample * g.index_step);
  let key = sample_key(seeds[wid.z * g.seeds_model], g.stream, state[0], index.y);
  let sum = atomicLoad(&total);
  var category = draw_below(key, index.x, g.draw, select(sum, g.categories, sum == 0u));
  if (sum > 0u) {
    var rest = category;
    category = 0u;
    // The running total exceeds `rest` at the last weight that is not 0 at the latest; the bound is for a reader's peace.
    while (category + 1u < g.categories && rest >= quantised[category]) {
      rest -= quantised[category];
      category++;
    }
  }
  chosen[(wid.z * g.batch + sample) * g.stride + g.offset] = category;
}
