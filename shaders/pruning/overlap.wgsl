// How a student w stands to its teacher T: overlap [models] vec4f = (w·T, |w - (w·T)·T|, |w|, 0), whose first two give the angle between them
// without the cancellation of 1 - R². w [models, column_blocks] vec4f; directions: see pruning/directions. A workgroup owns one model (z).
// Library: pruning/sums.

struct Params { pairs: u32, column_blocks: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> directions: array<vec4f>;
@group(0) @binding(2) var<storage, read> w: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> overlap: array<vec4f>;

fn teacher(model: u32, column: u32) -> vec4f {
  let first = model * params.pairs + 2u * column;
  return vec4f(directions[first].xz, directions[first + 1u].xz);
}

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = wid.z * params.column_blocks;
  var sums = vec4f();
  for (var column = lane; column < params.column_blocks; column += workgroup_size) {
    let v = w[first + column];
    sums += vec4f(dot(v, teacher(wid.z, column)), dot(v, v), 0.0, 0.0);
  }
  sums = workgroup_sum(lane, sums);
  var across = vec4f();
  for (var column = lane; column < params.column_blocks; column += workgroup_size) {
    let rest = w[first + column] - sums.x * teacher(wid.z, column);
    across.x += dot(rest, rest);
  }
  across = workgroup_sum(lane, across);
  if (lane == 0u) {
    overlap[wid.z] = vec4f(sums.x, sqrt(across.x), sqrt(sums.y), 0.0);
  }
}
