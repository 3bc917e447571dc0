// avgpool2d gradient: dx[n,c,h,w] = Σ dy[n,c,p,q] over the windows (p,q) that cover (h,w), / kernel².
// dy [M,N,C,P,Q], dx [M,N,C,H,W]. One invocation owns one dx and gathers, so that overlapping windows need no atomics.

struct Params { planes: u32, h: u32, w: u32, p: u32, q: u32, kernel: u32, stride: u32, padding: u32, dy_model: u32, dx_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (i >= g.planes * g.h * g.w) { return; }
  let column = i % g.w + g.padding;
  let row = (i / g.w) % g.h + g.padding;
  let plane = wid.z * g.dy_model + (i / (g.w * g.h)) * g.p * g.q;
  var sum = 0.0;
  for (var r = 0u; r < g.kernel; r++) {
    if (row < r || (row - r) % g.stride != 0u || (row - r) / g.stride >= g.p) { continue; }
    for (var s = 0u; s < g.kernel; s++) {
      if (column < s || (column - s) % g.stride != 0u || (column - s) / g.stride >= g.q) { continue; }
      sum += dy[plane + ((row - r) / g.stride) * g.q + (column - s) / g.stride];
    }
  }
  dx[wid.z * g.dx_model + i] = sum / f32(g.kernel * g.kernel);
}
