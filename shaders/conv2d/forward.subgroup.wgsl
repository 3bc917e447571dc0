// conv2d forward, and data gradient, of 3×3 kernels with stride 1 and padding 0 to 2 in one group, for software adapters with subgroups; what
// they compute and the shapes are in forward.naive.wgsl and grad_input.naive.wgsl. dx is dy convolved with the kernel turned by 180°, its channel
// axes swapped and padding 2 − padding: w is read as w[out · w_out + in · w_in + w_first + tap · w_tap], the gradient passes dy as x, C as k.
// A lane owns eight pixels of a row of y and eight output channels: 64 sums in registers. Lanes 0..3 load one weight each for four output
// channels and broadcast them. Channels and pixels past the end repeat the last one and store nothing; beyond the image x is 0.

enable subgroups;

struct Params {
  n: u32, c: u32, h: u32, w: u32, k: u32, p: u32, q: u32, padding: u32,
  w_out: u32, w_in: u32, w_first: u32, w_tap: u32, has_bias: u32, relu: u32,
  x_model: u32, w_model: u32, b_model: u32, y_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

const LANES = 8u;

fn broadcast4(v: f32) -> vec4f {
  return vec4f(subgroupBroadcast(v, 0u), subgroupBroadcast(v, 1u), subgroupBroadcast(v, 2u), subgroupBroadcast(v, 3u));
}

fn bias4(m: u32, k: u32) -> vec4f {
  let at = m * params.b_model;
  let last = params.k - 1u;
  if (params.has_bias == 0u) { return vec4f(); }
  return vec4f(b[at + min(k, last)], b[at + min(k + 1u, last)], b[at + min(k + 2u, last)], b[at + min(k + 3u, last)]);
}

// One pixel of output channels k .. k+3, as many as there are; `at` is channel k's.
fn store(at: u32, k: u32, step: u32, sum: vec4f) {
  // A comparison, not max(): max(NaN, 0) is 0 on software adapters and would hide a NaN.
  let v = select(sum, vec4f(0.0), vec4<bool>(params.relu != 0u) & (sum < vec4f(0.0)));
  if (k < params.k) { y[at] = v.x; }
  if (k + 1u < params.k) { y[at + step] = v.y; }
  if (k + 2u < params.k) { y[at + 2u * step] = v.z; }
  if (k + 3u < params.k) { y[at + 3u * step] = v.w; }
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) count: vec3u,
  @builtin(local_invocation_index) lid: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let g = params;
  let columns = (g.q + 7u) / 8u;
  let strips = g.n * g.p * columns;
  let blocks = (g.k + 7u) / 8u;
  let group = wid.y * count.x + wid.x;
  let k = (group % blocks) * 8u;
  let id = (group / blocks) * LANES + lid;
  let strip = min(id, strips - 1u);
  let n = strip / (g.p * columns);
  let i = (strip / columns) % g.p;
  let j = strip % columns * 8u;

  // The ten columns that the strip sees. To the left of the image they wrap around to large numbers: past its end as well.
  let first = j - g.padding;
  let column0 = min(first, g.w - 1u);
  let column1 = min(first + 1u, g.w - 1u);
  let column2 = min(first + 2u, g.w - 1u);
  let column3 = min(first + 3u, g.w - 1u);
  let column4 = min(first + 4u, g.w - 1u);
  let column5 = min(first + 5u, g.w - 1u);
  let column6 = min(first + 6u, g.w - 1u);
  let column7 = min(first + 7u, g.w - 1u);
  let column8 = min(first + 8u, g.w - 1u);
  let column9 = min(first + 9u, g.w - 1u);
  let wa = wid.z * g.w_model + min(k + (lane & 3u), g.k - 1u) * g.w_out + g.w_first;
  let wb = wid.z * g.w_model + min(k + 4u + (lane & 3u), g.k - 1u) * g.w_out + g.w_first;
  let a_bias = bias4(wid.z, k);
  let b_bias = bias4(wid.z, k + 4u);
  var a0 = a_bias;
  var a1 = a_bias;
  var a2 = a_bias;
  var a3 = a_bias;
  var a4 = a_bias;
  var a5 = a_bias;
  var a6 = a_bias;
  var a7 = a_bias;
  var b0 = b_bias;
  var b1 = b_bias;
  var b2 = b_bias;
  var b3 = b_bias;
  var b4 = b_bias;
  var b5 = b_bias;
  var b6 = b_bias;
  var b7 = b_bias;
  for (var c = 0u; c < g.c; c++) {
    for (var r = 0u; r < 3u; r++) {
      let line = i + r - g.padding;
      let inside = line < g.h;
      let row = wid.z * g.x_model + ((n * g.c + c) * g.h + min(line, g.h - 1u)) * g.w;
      let v0 = select(0.0, x[row + column0], inside && first < g.w);
      let v1 = select(0.0, x[row + column1], inside && first + 1u < g.w);
      let v2 = select(0.0, x[row + column2], inside && first + 2u < g.w);
      let v3 = select(0.0, x[row + column3], inside && first + 3u < g.w);
      let v4 = select(0.0, x[row + column4], inside && first + 4u < g.w);
      let v5 = select(0.0, x[row + column5], inside && first + 5u < g.w);
      let v6 = select(0.0, x[row + column6], inside && first + 6u < g.w);
      let v7 = select(0.0, x[row + column7], inside && first + 7u < g.w);
      let v8 = select(0.0, x[row + column8], inside && first + 8u < g.w);
      let v9 = select(0.0, x[row + column9], inside && first + 9u < g.w);
      let tap = c * g.w_in + 3u * r * g.w_tap;
      let aw0 = broadcast4(w[wa + tap]);
      a0 = fma(aw0, vec4f(v0), a0);
      a1 = fma(aw0, vec4f(v1), a1);
      a2 = fma(aw0, vec4f(v2), a2);
      a3 = fma(aw0, vec4f(v3), a3);
      a4 = fma(aw0, vec4f(v4), a4);
      a5 = fma(aw0, vec4f(v5), a5);
      a6 = fma(aw0, vec4f(v6), a6);
      a7 = fma(aw0, vec4f(v7), a7);
      let bw0 = broadcast4(w[wb + tap]);
      b0 = fma(bw0, vec4f(v0), b0);
      b1 = fma(bw0, vec4f(v1), b1);
      b2 = fma(bw0, vec4f(v2), b2);
      b3 = fma(bw0, vec4f(v3), b3);
      b4 = fma(bw0, vec4f(v4), b4);
      b5 = fma(bw0, vec4f(v5), b5);
      b6 = fma(bw0, vec4f(v6), b6);
      b7 = fma(bw0, vec4f(v7), b7);
      let aw1 = broadcast4(w[wa + tap + g.w_tap]);
      a0 = fma(aw1, vec4f(v1), a0);
      a1 = fma(aw1, vec4f(v2), a1);
      a2 = fma(aw1, vec4f(v3), a2);
      a3 = fma(aw1, vec4f(v4), a3);
      a4 = fma(aw1, vec4f(v5), a4);
      a5 = fma(aw1, vec4f(v6), a5);
      a6 = fma(aw1, vec4f(v7), a6);
      a7 = fma(aw1, vec4f(v8), a7);
      let bw1 = broadcast4(w[wb + tap + g.w_tap]);
      b0 = fma(bw1, vec4f(v1), b0);
      b1 = fma(bw1, vec4f(v2), b1);
      b2 = fma(bw1, vec4f(v3), b2);
      b3 = fma(bw1, vec4f(v4), b3);
      b4 = fma(bw1, vec4f(v5), b4);
      b5 = fma(bw1, vec4f(v6), b5);
      b6 = fma(bw1, vec4f(v7), b6);
      b7 = fma(bw1, vec4f(v8), b7);
      let aw2 = broadcast4(w[wa + tap + 2u * g.w_tap]);
      a0 = fma(aw2, vec4f(v2), a0);
      a1 = fma(aw2, vec4f(v3), a1);
      a2 = fma(aw2, vec4f(v4), a2);
      a3 = fma(aw2, vec4f(v5), a3);
      a4 = fma(aw2, vec4f(v6), a4);
      a5 = fma(aw2, vec4f(v7), a5);
      a6 = fma(aw2, vec4f(v8), a6);
      a7 = fma(aw2, vec4f(v9), a7);
      let bw2 = broadcast4(w[wb + tap + 2u * g.w_tap]);
      b0 = fma(bw2, vec4f(v2), b0);
      b1 = fma(bw2, vec4f(v3), b1);
      b2 = fma(bw2, vec4f(v4), b2);
      b3 = fma(bw2, vec4f(v5), b3);
      b4 = fma(bw2, vec4f(v6), b4);
      b5 = fma(bw2, vec4f(v7), b5);
      b6 = fma(bw2, vec4f(v8), b6);
      b7 = fma(bw2, vec4f(v9), b7);
    }
  }

  if (id >= strips) { return; }
  let step = g.p * g.q;
  let at = wid.z * g.y_model + (n * g.k + k) * step + i * g.q + j;
  let width = g.q - j;
  store(at, k, step, a0);
  store(at + 4u * step, k + 4u, step, b0);
  if (width > 1u) { store(at + 1u, k, step, a1); store(at + 1u + 4u * step, k + 4u, step, b1); }
  if (width > 2u) { store(at + 2u, k, step, a2); store(at + 2u + 4u * step, k + 4u, step, b2); }
  if (width > 3u) { store(at + 3u, k, step, a3); store(at + 3u + 4u * step, k + 4u, step, b3); }
  if (width > 4u) { store(at + 4u, k, step, a4); store(at + 4u + 4u * step, k + 4u, step, b4); }
  if (width > 5u) { store(at + 5u, k, step, a5); store(at + 5u + 4u * step, k + 4u, step, b5); }
  if (width > 6u) { store(at + 6u, k, step, a6); store(at + 6u + 4u * step, k + 4u, step, b6); }
  if (width > 7u) { store(at + 7u, k, step, a7); store(at + 7u + 4u * step, k + 4u, step, b7); }
}
