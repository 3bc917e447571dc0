// How near each row points to the centre of its own group: cosines[n] = cos(rows[n], centres[groups[n]]).
// rows [N,D], centres [C,D] of length 1 (or all zeros) f32, groups [N] u32 below C, cosines [N] f32. A row of zeros has cosine 0.
// One invocation owns one row.

struct Params { n: u32, d: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<f32>;
@group(0) @binding(2) var<storage, read> centres: array<f32>;
@group(0) @binding(3) var<storage, read> groups: array<u32>;
@group(0) @binding(4) var<storage, read_write> cosines: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let p = params;
  let n = (wid.y * count.x + wid.x) * 64u + lid;
  if (n >= p.n) {
    return;
  }
  let row = n * p.d;
  let centre = groups[n] * p.d;
  var squares = 0.0;
  var product = 0.0;
  for (var d = 0u; d < p.d; d++) {
    let value = rows[row + d];
    squares += value * value;
    product += value * centres[centre + d];
  }
  cosines[n] = select(0.0, clamp(product / sqrt(squares), -1.0, 1.0), squares > 0.0);
}
