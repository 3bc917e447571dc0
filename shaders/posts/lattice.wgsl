// Standard normals on the lattice of a smooth displacement: lattice [M,batch,nodes] vec2f. Node k takes both normals of the pair of words of
// call first_call + k of the sample's `stream`. A sample whose row begins with 0 belongs to another family and is skipped.
// One invocation owns one node; z is the model. Libraries: random/threefry, random/distributions.

override workgroup_size = 64u;

struct Params {
  batch: u32, nodes: u32, row_stride: u32, stream: u32, first_call: u32, first_low: u32, first_high: u32, index_step: u32, seeds_model: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> seeds: array<u32>;
@group(0) @binding(3) var<storage, read> rows: array<u32>;
@group(0) @binding(4) var<storage, read_write> lattice: array<vec2f>;

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let number = (wid.y * groups.x + wid.x) * workgroup_size + lane;
  let image = number / params.nodes;
  let node = number % params.nodes;
  if (image >= params.batch) {
    return;
  }
  let place = wid.z * params.batch + image;
  if (rows[place * params.row_stride] == 0u) {
    return;
  }
  let index = sample_index(params.first_low, params.first_high, image * params.index_step);
  let key = sample_key(seeds[wid.z * params.seeds_model], params.stream, state[0], index.y);
  let words = draw_pair(key, index.x, 0u, params.first_call + node);
  lattice[place * params.nodes + node] = normal_pair(words.x, words.y);
}
