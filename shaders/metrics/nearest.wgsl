// The centre that each row points to most: groups[n] = argmax over c of cos(rows[n], centres[c]), the first among equals, and that cosine.
// rows [N,D], centres [C,D] of length 1 (or all zeros) f32; groups [N] u32, cosines [N] f32. Where `given` is 1 the groups are read instead,
// and the cosine is that of the row's own centre. A row of zeros has cosine 0. One invocation owns one row.

struct Params { n: u32, d: u32, c: u32, given: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<f32>;
@group(0) @binding(2) var<storage, read> centres: array<f32>;
@group(0) @binding(3) var<storage, read_write> groups: array<u32>;
@group(0) @binding(4) var<storage, read_write> cosines: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let p = params;
  let n = (wid.y * count.x + wid.x) * 64u + lid;
  if (n >= p.n) {
    return;
  }
  var squares = 0.0;
  for (var d = 0u; d < p.d; d++) {
    let value = rows[n * p.d + d];
    squares += value * value;
  }
  var first = 0u;
  var last = p.c;
  if (p.given == 1u) {
    first = groups[n];
    last = first + 1u;
  }
  var best = -2.0;
  var winner = first;
  let scale = select(0.0, 1.0 / sqrt(squares), squares > 0.0);
  for (var c = first; c < last; c++) {
    var product = 0.0;
    for (var d = 0u; d < p.d; d++) {
      product += rows[n * p.d + d] * centres[c * p.d + d];
    }
    if (product * scale > best) {
      best = product * scale;
      winner = c;
    }
  }
  groups[n] = winner;
  cosines[n] = clamp(best, -1.0, 1.0);
}
