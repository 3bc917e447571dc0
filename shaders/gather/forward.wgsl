// gather: y[n,i] = x[index[n],i]; an index outside 0 … rows − 1 makes its row NaN. x [M,rows,inner], index [M,N], y [M,N,inner].
// One invocation owns one y.

struct Params { size: u32, rows: u32, inner: u32, x_model: u32, index_model: u32, y_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> index: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (i >= g.size) { return; }
  let row = index[wid.z * g.index_model + i / g.inner];
  let value = x[wid.z * g.x_model + min(row, g.rows - 1u) * g.inner + i % g.inner];
  y[wid.z * g.y_model + i] = bitcast<f32>(select(0x7fc00000u, bitcast<u32>(value), row < g.rows));
}
