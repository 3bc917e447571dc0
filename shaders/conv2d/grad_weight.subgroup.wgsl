// conv2d weight and bias gradient of 3×3 kernels with stride 1 in one group, for software adapters with subgroups; what it
// computes and the shapes are in grad_weight.naive.wgsl. A lane owns one input channel and eight output channels: 72 sums in registers.
// It slides a 3×3 window of x along each row (3 loads a pixel); lanes 0..3 load dy of two output channels each and broadcast it.
// Channels past the end repeat the last one and store nothing. A workgroup sums one part: images part·chunk .. (part+1)·chunk, in order.

enable subgroups;

struct Params {
  n: u32, c: u32, h: u32, w: u32, k: u32, p: u32, q: u32, padding: u32, parts: u32, chunk: u32,
  dy_model: u32, x_model: u32, dw_model: u32, db_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> dw: array<f32>;
@group(0) @binding(4) var<storage, read_write> db: array<f32>;

const LANES = 8u;

fn broadcast4(v: f32) -> vec4f {
  return vec4f(subgroupBroadcast(v, 0u), subgroupBroadcast(v, 1u), subgroupBroadcast(v, 2u), subgroupBroadcast(v, 3u));
}

fn store_nine(k: u32, at: u32, t0: f32, t1: f32, t2: f32, t3: f32, t4: f32, t5: f32, t6: f32, t7: f32, t8: f32) {
  if (k >= params.k) { return; }
  dw[at] = t0;
  dw[at + 1u] = t1;
  dw[at + 2u] = t2;
  dw[at + 3u] = t3;
  dw[at + 4u] = t4;
  dw[at + 5u] = t5;
  dw[at + 6u] = t6;
  dw[at + 7u] = t7;
  dw[at + 8u] = t8;
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) count: vec3u,
  @builtin(local_invocation_index) lid: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let g = params;
  let k_blocks = (g.k + 7u) / 8u;
  let c_blocks = (g.c + LANES - 1u) / LANES;
  let group = wid.y * count.x + wid.x;
  let k = (group % k_blocks) * 8u;
  let c_block = (group / k_blocks) % c_blocks;
  let part = group / (k_blocks * c_blocks);
  if (part >= g.parts) { return; }
  let channel = c_block * LANES + lid;
  let c = min(channel, g.c - 1u);
  let size = g.p * g.q;
  var a0 = vec4f();
  var a1 = vec4f();
  var a2 = vec4f();
  var a3 = vec4f();
  var a4 = vec4f();
  var a5 = vec4f();
  var a6 = vec4f();
  var a7 = vec4f();
  var a8 = vec4f();
  var a_bias = vec4f();
  var b0 = vec4f();
  var b1 = vec4f();
  var b2 = vec4f();
  var b3 = vec4f();
  var b4 = vec4f();
  var b5 = vec4f();
  var b6 = vec4f();
  var b7 = vec4f();
  var b8 = vec4f();
  var b_bias = vec4f();

  for (var n = part * g.chunk; n < min(g.n, (part + 1u) * g.chunk); n++) {
    let plane = wid.z * g.x_model + (n * g.c + c) * g.h * g.w;
    let a_dy = wid.z * g.dy_model + (n * g.k + min(k + (lane & 3u), g.k - 1u)) * size;
    let b_dy = wid.z * g.dy_model + (n * g.k + min(k + 4u + (lane & 3u), g.k - 1u)) * size;
    for (var i = 0u; i < g.p; i++) {
      // Rows and columns before the image wrap around to large numbers: past its end as well.
      let line = i - g.padding;
      let row0 = plane + min(line, g.h - 1u) * g.w;
      let row1 = plane + min(line + 1u, g.h - 1u) * g.w;
      let row2 = plane + min(line + 2u, g.h - 1u) * g.w;
      let in0 = line < g.h;
      let in1 = line + 1u < g.h;
      let in2 = line + 2u < g.h;
      let left = 0u - g.padding;
      let column0 = min(left, g.w - 1u);
      let column1 = min(left + 1u, g.w - 1u);
      let has0 = left < g.w;
      let has1 = left + 1u < g.w;
      var v00 = select(0.0, x[row0 + column0], in0 && has0);
      var v01 = select(0.0, x[row0 + column1], in0 && has1);
      var v10 = select(0.0, x[row1 + column0], in1 && has0);
      var v11 = select(0.0, x[row1 + column1], in1 && has1);
      var v20 = select(0.0, x[row2 + column0], in2 && has0);
      var v21 = select(0.0, x[row2 + column1], in2 && has1);
      for (var j = 0u; j < g.q; j++) {
        let after = left + j + 2u < g.w;
        let next = min(left + j + 2u, g.w - 1u);
        let v02 = select(0.0, x[row0 + next], in0 && after);
        let v12 = select(0.0, x[row1 + next], in1 && after);
        let v22 = select(0.0, x[row2 + next], in2 && after);
        let at = i * g.q + j;
        let a_up = broadcast4(dy[a_dy + at]);
        a_bias += a_up;
        a0 = fma(a_up, vec4f(v00), a0);
        a1 = fma(a_up, vec4f(v01), a1);
        a2 = fma(a_up, vec4f(v02), a2);
        a3 = fma(a_up, vec4f(v10), a3);
        a4 = fma(a_up, vec4f(v11), a4);
        a5 = fma(a_up, vec4f(v12), a5);
        a6 = fma(a_up, vec4f(v20), a6);
        a7 = fma(a_up, vec4f(v21), a7);
        a8 = fma(a_up, vec4f(v22), a8);
        let b_up = broadcast4(dy[b_dy + at]);
        b_bias += b_up;
        b0 = fma(b_up, vec4f(v00), b0);
        b1 = fma(b_up, vec4f(v01), b1);
        b2 = fma(b_up, vec4f(v02), b2);
        b3 = fma(b_up, vec4f(v10), b3);
        b4 = fma(b_up, vec4f(v11), b4);
        b5 = fma(b_up, vec4f(v12), b5);
        b6 = fma(b_up, vec4f(v20), b6);
        b7 = fma(b_up, vec4f(v21), b7);
        b8 = fma(b_up, vec4f(v22), b8);
        v00 = v01;
        v01 = v02;
        v10 = v11;
        v11 = v12;
        v20 = v21;
        v21 = v22;
      }
    }
  }

  if (channel >= g.c) { return; }
  let step = 9u * g.c;
  let at = wid.z * g.dw_model + ((part * g.k + k) * g.c + channel) * 9u;
  store_nine(k + 0u, at + 0u * step, a0.x, a1.x, a2.x, a3.x, a4.x, a5.x, a6.x, a7.x, a8.x);
  store_nine(k + 1u, at + 1u * step, a0.y, a1.y, a2.y, a3.y, a4.y, a5.y, a6.y, a7.y, a8.y);
  store_nine(k + 2u, at + 2u * step, a0.z, a1.z, a2.z, a3.z, a4.z, a5.z, a6.z, a7.z, a8.z);
  store_nine(k + 3u, at + 3u * step, a0.w, a1.w, a2.w, a3.w, a4.w, a5.w, a6.w, a7.w, a8.w);
  store_nine(k + 4u, at + 4u * step, b0.x, b1.x, b2.x, b3.x, b4.x, b5.x, b6.x, b7.x, b8.x);
  store_nine(k + 5u, at + 5u * step, b0.y, b1.y, b2.y, b3.y, b4.y, b5.y, b6.y, b7.y, b8.y);
  store_nine(k + 6u, at + 6u * step, b0.z, b1.z, b2.z, b3.z, b4.z, b5.z, b6.z, b7.z, b8.z);
  store_nine(k + 7u, at + 7u * step, b0.w, b1.w, b2.w, b3.w, b4.w, b5.w, b6.w, b7.w, b8.w);
  if (channel == 0u) {
    let bias_at = wid.z * g.db_model + part * g.k + k;
    if (k + 0u < g.k) { db[bias_at + 0u] = a_bias.x; }
    if (k + 1u < g.k) { db[bias_at + 1u] = a_bias.y; }
    if (k + 2u < g.k) { db[bias_at + 2u] = a_bias.z; }
    if (k + 3u < g.k) { db[bias_at + 3u] = a_bias.w; }
    if (k + 4u < g.k) { db[bias_at + 4u] = b_bias.x; }
    if (k + 5u < g.k) { db[bias_at + 5u] = b_bias.y; }
    if (k + 6u < g.k) { db[bias_at + 6u] = b_bias.z; }
    if (k + 7u < g.k) { db[bias_at + 7u] = b_bias.w; }
  }
}
