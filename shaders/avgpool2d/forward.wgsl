// avgpool2d: y[n,c,p,q] = Σ over the kernel×kernel window at (p·stride − padding, q·stride − padding) / kernel²; padding counts as zeros.
// x [M,N,C,H,W], y [M,N,C,P,Q]. One invocation owns one y. torch.nn.functional.avg_pool2d with count_include_pad.

struct Params { planes: u32, h: u32, w: u32, p: u32, q: u32, kernel: u32, stride: u32, padding: u32, x_model: u32, y_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (i >= g.planes * g.p * g.q) { return; }
  let column = i32((i % g.q) * g.stride) - i32(g.padding);
  let row = i32(((i / g.q) % g.p) * g.stride) - i32(g.padding);
  let plane = wid.z * g.x_model + (i / (g.q * g.p)) * g.h * g.w;
  var sum = 0.0;
  for (var r = max(row, 0); r < min(row + i32(g.kernel), i32(g.h)); r++) {
    for (var s = max(column, 0); s < min(column + i32(g.kernel), i32(g.w)); s++) { sum += x[plane + u32(r) * g.w + u32(s)]; }
  }
  y[wid.z * g.y_model + i] = sum / f32(g.kernel * g.kernel);
}
