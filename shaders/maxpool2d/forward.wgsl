// maxpool2d: y[n,c,p,q] = max over the kernel×kernel window at (p·stride − padding, q·stride − padding), where padding never wins;
// tap = the winner's row·kernel + column, the first on a tie.
// x [M,N,C,H,W], y and tap [M,N,C,P,Q]. One invocation owns one y. A NaN wins, as in PyTorch.

struct Params { planes: u32, h: u32, w: u32, p: u32, q: u32, kernel: u32, stride: u32, padding: u32, x_model: u32, y_model: u32, tap_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> tap: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (i >= g.planes * g.p * g.q) { return; }
  let q = i % g.q;
  let p = (i / g.q) % g.p;
  let plane = wid.z * g.x_model + (i / (g.q * g.p)) * g.h * g.w;
  // Padding is at most half the kernel, so that the first tap inside is there: the corner, or past the padding above and left of the image.
  let first_row = select(0u, g.padding - p * g.stride, g.padding > p * g.stride);
  let first_column = select(0u, g.padding - q * g.stride, g.padding > q * g.stride);
  var winner = first_row * g.kernel + first_column;
  var best = x[plane + (p * g.stride + first_row - g.padding) * g.w + q * g.stride + first_column - g.padding];
  for (var t = winner + 1u; t < g.kernel * g.kernel; t++) {
    let row = p * g.stride + t / g.kernel;
    let column = q * g.stride + t % g.kernel;
    if (row >= g.h + g.padding || column < g.padding || column >= g.w + g.padding) { continue; }
    let value = x[plane + (row - g.padding) * g.w + column - g.padding];
    // NaN by its bits: software adapters fold x != x to false.
    if (value > best || (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u) { best = value; winner = t; }
  }
  y[wid.z * g.y_model + i] = best;
  tap[wid.z * g.tap_model + i] = winner;
}
