// conv2d weight and bias gradient of 3×3 kernels with stride 1 in one group, for few input channels on software adapters; what it
// computes and the shapes are in grad_weight.naive.wgsl. A workgroup owns one input channel, eight output channels and one part; its lanes
// share the rows of every image: lane l takes rows l, l + 8, … and keeps 72 sums in registers, which are added over the lanes in order at
// the end. A lane slides a 3×3 window of x along its row. Output channels past the end repeat the last one and store nothing.

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

// [output channel / 4][tap, the bias last][lane], four output channels a vec4.
var<workgroup> sums: array<vec4f, 20u * LANES>;

fn up4(m: u32, n: u32, k: u32, at: u32) -> vec4f {
  let g = params;
  let step = g.p * g.q;
  let start = m * g.dy_model + n * g.k * step + at;
  let last = g.k - 1u;
  return vec4f(
    dy[start + min(k, last) * step],
    dy[start + min(k + 1u, last) * step],
    dy[start + min(k + 2u, last) * step],
    dy[start + min(k + 3u, last) * step],
  );
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let k_blocks = (g.k + 7u) / 8u;
  let group = wid.y * count.x + wid.x;
  let k = (group % k_blocks) * 8u;
  let c = (group / k_blocks) % g.c;
  let part = group / (k_blocks * g.c);
  if (part >= g.parts) { return; }
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
    for (var i = lid; i < g.p; i += LANES) {
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
        let a_up = up4(wid.z, n, k, at);
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
        let b_up = up4(wid.z, n, k + 4u, at);
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

  sums[0u * LANES + lid] = a0;
  sums[1u * LANES + lid] = a1;
  sums[2u * LANES + lid] = a2;
  sums[3u * LANES + lid] = a3;
  sums[4u * LANES + lid] = a4;
  sums[5u * LANES + lid] = a5;
  sums[6u * LANES + lid] = a6;
  sums[7u * LANES + lid] = a7;
  sums[8u * LANES + lid] = a8;
  sums[9u * LANES + lid] = a_bias;
  sums[10u * LANES + lid] = b0;
  sums[11u * LANES + lid] = b1;
  sums[12u * LANES + lid] = b2;
  sums[13u * LANES + lid] = b3;
  sums[14u * LANES + lid] = b4;
  sums[15u * LANES + lid] = b5;
  sums[16u * LANES + lid] = b6;
  sums[17u * LANES + lid] = b7;
  sums[18u * LANES + lid] = b8;
  sums[19u * LANES + lid] = b_bias;
  workgroupBarrier();
  // Lane l adds and stores output channel k + l.
  let filter_at = k + lid;
  if (filter_at >= g.k) { return; }
  let row = part * g.k + filter_at;
  for (var t = 0u; t < 10u; t++) {
    var sum = 0.0;
    for (var l = 0u; l < LANES; l++) { sum += sums[((lid / 4u) * 10u + t) * LANES + l][lid & 3u]; }
    if (t < 9u) {
      dw[wid.z * g.dw_model + (row * g.c + c) * 9u + t] = sum;
    } else if (c == 0u) {
      db[wid.z * g.db_model + row] = sum;
    }
  }
}
