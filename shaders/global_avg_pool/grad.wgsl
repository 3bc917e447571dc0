// global_avg_pool gradient: dx[n,c,h,w] = dy[n,c] / (H·W). dy [M,N,C], dx [M,N,C,inner]. One invocation owns one dx.

struct Params { planes: u32, inner: u32, dy_model: u32, dx_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  if (i >= params.planes * params.inner) { return; }
  dx[wid.z * params.dx_model + i] = dy[wid.z * params.dy_model + i / params.inner] / f32(params.inner);
}
