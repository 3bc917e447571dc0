// The kept examples, each times its label ±1: z = y·x. z [models, row_blocks, column_blocks, 4] vec4f: blocks of 4 examples × 4 dimensions, a
// vec4f an example; zeros beyond the kept examples and beyond N. x is drawn as pruning/score draws it. chosen [models, kept], labels
// [models, examples]. An invocation owns one block (z = model). Libraries: random/threefry, random/distributions.

override workgroup_size = 64u;

struct Params {
  seed: u32, first_model: u32, dimension: u32, examples: u32, kept: u32, row_blocks: u32, column_blocks: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> chosen: array<u32>;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
@group(0) @binding(3) var<storage, read_write> z: array<vec4f>;

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let block = (wid.y * groups.x + wid.x) * workgroup_size + lane;
  let blocks = params.row_blocks * params.column_blocks;
  if (block >= blocks) {
    return;
  }
  let column_block = block % params.column_blocks;
  let column = 4u * column_block;
  let inside = vec4f(vec4u(column, column + 1u, column + 2u, column + 3u) < vec4u(params.dimension));
  let key = sample_key(params.seed, STREAM_IMAGE, params.first_model + wid.z, 0u);
  for (var i = 0u; i < 4u; i++) {
    let row = 4u * (block / params.column_blocks) + i;
    var value = vec4f();
    if (row < params.kept) {
      let example = chosen[wid.z * params.kept + row];
      let left = draw_pair(key, example, 0u, 2u * column_block);
      let right = draw_pair(key, example, 0u, 2u * column_block + 1u);
      let sign = select(-1.0, 1.0, labels[wid.z * params.examples + example] == 1u);
      value = sign * inside * vec4f(normal_pair(left.x, left.y), normal_pair(right.x, right.y));
    }
    z[4u * (wid.z * blocks + block) + i] = value;
  }
}
