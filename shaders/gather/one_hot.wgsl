// one_hot: y[n,c] = 1 where index[n] = c, else 0; an index outside 0 … classes − 1 makes its row NaN. index [M,N], y [M,N,classes].
// One invocation owns one y.

struct Params { size: u32, classes: u32, index_model: u32, y_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (i >= g.size) { return; }
  let own = index[wid.z * g.index_model + i / g.classes];
  let bits = select(0u, 0x3f800000u, own == i % g.classes);
  y[wid.z * g.y_model + i] = bitcast<f32>(select(0x7fc00000u, bits, own < g.classes));
}
