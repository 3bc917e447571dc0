// Gradient of gather: dx[r,i] = Σ dy[n,i] over the n with index[n] = r, in order of n; 0 where there is none. dy [M,N,inner], index [M,N],
// dx [M,rows,inner]. One invocation owns one dx and scans all indices, so that no two add to one element.

struct Params { size: u32, inner: u32, n: u32, dy_model: u32, index_model: u32, dx_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> index: array<u32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (i >= g.size) { return; }
  let row = i / g.inner;
  let column = i % g.inner;
  var sum = 0.0;
  for (var n = 0u; n < g.n; n++) {
    if (index[wid.z * g.index_model + n] == row) { sum += dy[wid.z * g.dy_model + n * g.inner + column]; }
  }
  dx[wid.z * g.dx_model + i] = sum;
}
