// matmul for software adapters with subgroups; what it computes and the shapes are in forward.naive.wgsl. J and K are multiples of 4, and so is
// I where a is transposed. A lane owns four columns of sixteen rows: 64 sums in registers. For four k at a time lanes 0..3 load a vec4 of A
// for four rows each and broadcast it; the lane's own four columns of B are read as vec4. A transposed operand is read along its rows and
// turned in registers, chosen by select: one pipeline serves all four products, and ran 20 % faster on lavapipe than four specialised ones.
// Rows and columns past the end repeat the last one and store nothing.

enable subgroups;

struct Params {
  i: u32, j: u32, k: u32, transpose_a: u32, transpose_b: u32,
  batches: u32, batch1: u32, batch2: u32, a_batch0: u32, a_batch1: u32, a_batch2: u32, b_batch0: u32, b_batch1: u32, b_batch2: u32,
  terms: u32, term1: u32, a_term0: u32, a_term1: u32, b_term0: u32, b_term1: u32,
  a_model: u32, b_model: u32, y_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

const LANES = 8u;

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) count: vec3u,
  @builtin(local_invocation_index) lid: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let g = params;
  let transpose_a = g.transpose_a != 0u;
  let transpose_b = g.transpose_b != 0u;
  let quads = g.j / 4u;
  let blocks = (quads + LANES - 1u) / LANES;
  let tiles = (g.i + 15u) / 16u * blocks;
  let group = wid.y * count.x + wid.x;
  let batch = group / tiles;
  if (batch >= g.batches) { return; }
  let row = (group % tiles) / blocks * 16u;
  let quad = (group % tiles) % blocks * LANES + lid;
  let column = min(quad, quads - 1u);
  let four = lane & 3u;
  let length = g.k / 4u;

  // In vec4s. Untransposed, this lane of 0..3 loads rows 4r + lane of A at k .. k+3, r = 0..3; transposed, rows 4·lane .. 4·lane+3 at k + r.
  let across = min(row / 4u + four, max(g.i / 4u, 1u) - 1u);
  let a_row0 = select(min(row + 0u + four, g.i - 1u) * length, across, transpose_a);
  let a_row1 = select(min(row + 4u + four, g.i - 1u) * length, across + 1u * (g.i / 4u), transpose_a);
  let a_row2 = select(min(row + 8u + four, g.i - 1u) * length, across + 2u * (g.i / 4u), transpose_a);
  let a_row3 = select(min(row + 12u + four, g.i - 1u) * length, across + 3u * (g.i / 4u), transpose_a);
  let a_step = select(1u, g.i, transpose_a);
  let b_column = select(column, column * g.k, transpose_b);
  let b_row = select(quads, length, transpose_b);
  let b_step = select(g.j, 1u, transpose_b);
  let a_from = wid.z * g.a_model + walked(batch, g.batch1, g.batch2, g.a_batch0, g.a_batch1, g.a_batch2);
  let b_from = wid.z * g.b_model + walked(batch, g.batch1, g.batch2, g.b_batch0, g.b_batch1, g.b_batch2);
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  var s4 = vec4f();
  var s5 = vec4f();
  var s6 = vec4f();
  var s7 = vec4f();
  var s8 = vec4f();
  var s9 = vec4f();
  var s10 = vec4f();
  var s11 = vec4f();
  var s12 = vec4f();
  var s13 = vec4f();
  var s14 = vec4f();
  var s15 = vec4f();
  for (var term = 0u; term < g.terms; term++) {
    var a_at = (a_from + summed(term, g.term1, g.a_term0, g.a_term1)) / 4u;
    var b_at = (b_from + summed(term, g.term1, g.b_term0, g.b_term1)) / 4u + b_column;
    for (var k = 0u; k < length; k++) {
      let p0 = a[a_at + a_row0];
      let p1 = a[a_at + a_row1];
      let p2 = a[a_at + a_row2];
      let p3 = a[a_at + a_row3];
      let a0 = select(p0, vec4f(p0.x, p1.x, p2.x, p3.x), transpose_a);
      let a1 = select(p1, vec4f(p0.y, p1.y, p2.y, p3.y), transpose_a);
      let a2 = select(p2, vec4f(p0.z, p1.z, p2.z, p3.z), transpose_a);
      let a3 = select(p3, vec4f(p0.w, p1.w, p2.w, p3.w), transpose_a);
      let q0 = b[b_at];
      let q1 = b[b_at + b_row];
      let q2 = b[b_at + 2u * b_row];
      let q3 = b[b_at + 3u * b_row];
      let b0 = select(q0, vec4f(q0.x, q1.x, q2.x, q3.x), transpose_b);
      s0 = fma(vec4f(subgroupBroadcast(a0.x, 0u)), b0, s0);
      s1 = fma(vec4f(subgroupBroadcast(a0.x, 1u)), b0, s1);
      s2 = fma(vec4f(subgroupBroadcast(a0.x, 2u)), b0, s2);
      s3 = fma(vec4f(subgroupBroadcast(a0.x, 3u)), b0, s3);
      s4 = fma(vec4f(subgroupBroadcast(a1.x, 0u)), b0, s4);
      s5 = fma(vec4f(subgroupBroadcast(a1.x, 1u)), b0, s5);
      s6 = fma(vec4f(subgroupBroadcast(a1.x, 2u)), b0, s6);
      s7 = fma(vec4f(subgroupBroadcast(a1.x, 3u)), b0, s7);
      s8 = fma(vec4f(subgroupBroadcast(a2.x, 0u)), b0, s8);
      s9 = fma(vec4f(subgroupBroadcast(a2.x, 1u)), b0, s9);
      s10 = fma(vec4f(subgroupBroadcast(a2.x, 2u)), b0, s10);
      s11 = fma(vec4f(subgroupBroadcast(a2.x, 3u)), b0, s11);
      s12 = fma(vec4f(subgroupBroadcast(a3.x, 0u)), b0, s12);
      s13 = fma(vec4f(subgroupBroadcast(a3.x, 1u)), b0, s13);
      s14 = fma(vec4f(subgroupBroadcast(a3.x, 2u)), b0, s14);
      s15 = fma(vec4f(subgroupBroadcast(a3.x, 3u)), b0, s15);
      let b1 = select(q1, vec4f(q0.y, q1.y, q2.y, q3.y), transpose_b);
      s0 = fma(vec4f(subgroupBroadcast(a0.y, 0u)), b1, s0);
      s1 = fma(vec4f(subgroupBroadcast(a0.y, 1u)), b1, s1);
      s2 = fma(vec4f(subgroupBroadcast(a0.y, 2u)), b1, s2);
      s3 = fma(vec4f(subgroupBroadcast(a0.y, 3u)), b1, s3);
      s4 = fma(vec4f(subgroupBroadcast(a1.y, 0u)), b1, s4);
      s5 = fma(vec4f(subgroupBroadcast(a1.y, 1u)), b1, s5);
      s6 = fma(vec4f(subgroupBroadcast(a1.y, 2u)), b1, s6);
      s7 = fma(vec4f(subgroupBroadcast(a1.y, 3u)), b1, s7);
      s8 = fma(vec4f(subgroupBroadcast(a2.y, 0u)), b1, s8);
      s9 = fma(vec4f(subgroupBroadcast(a2.y, 1u)), b1, s9);
      s10 = fma(vec4f(subgroupBroadcast(a2.y, 2u)), b1, s10);
      s11 = fma(vec4f(subgroupBroadcast(a2.y, 3u)), b1, s11);
      s12 = fma(vec4f(subgroupBroadcast(a3.y, 0u)), b1, s12);
      s13 = fma(vec4f(subgroupBroadcast(a3.y, 1u)), b1, s13);
      s14 = fma(vec4f(subgroupBroadcast(a3.y, 2u)), b1, s14);
      s15 = fma(vec4f(subgroupBroadcast(a3.y, 3u)), b1, s15);
      let b2 = select(q2, vec4f(q0.z, q1.z, q2.z, q3.z), transpose_b);
      s0 = fma(vec4f(subgroupBroadcast(a0.z, 0u)), b2, s0);
      s1 = fma(vec4f(subgroupBroadcast(a0.z, 1u)), b2, s1);
      s2 = fma(vec4f(subgroupBroadcast(a0.z, 2u)), b2, s2);
      s3 = fma(vec4f(subgroupBroadcast(a0.z, 3u)), b2, s3);
      s4 = fma(vec4f(subgroupBroadcast(a1.z, 0u)), b2, s4);
      s5 = fma(vec4f(subgroupBroadcast(a1.z, 1u)), b2, s5);
      s6 = fma(vec4f(subgroupBroadcast(a1.z, 2u)), b2, s6);
      s7 = fma(vec4f(subgroupBroadcast(a1.z, 3u)), b2, s7);
      s8 = fma(vec4f(subgroupBroadcast(a2.z, 0u)), b2, s8);
      s9 = fma(vec4f(subgroupBroadcast(a2.z, 1u)), b2, s9);
      s10 = fma(vec4f(subgroupBroadcast(a2.z, 2u)), b2, s10);
      s11 = fma(vec4f(subgroupBroadcast(a2.z, 3u)), b2, s11);
      s12 = fma(vec4f(subgroupBroadcast(a3.z, 0u)), b2, s12);
      s13 = fma(vec4f(subgroupBroadcast(a3.z, 1u)), b2, s13);
      s14 = fma(vec4f(subgroupBroadcast(a3.z, 2u)), b2, s14);
      s15 = fma(vec4f(subgroupBroadcast(a3.z, 3u)), b2, s15);
      let b3 = select(q3, vec4f(q0.w, q1.w, q2.w, q3.w), transpose_b);
      s0 = fma(vec4f(subgroupBroadcast(a0.w, 0u)), b3, s0);
      s1 = fma(vec4f(subgroupBroadcast(a0.w, 1u)), b3, s1);
      s2 = fma(vec4f(subgroupBroadcast(a0.w, 2u)), b3, s2);
      s3 = fma(vec4f(subgroupBroadcast(a0.w, 3u)), b3, s3);
      s4 = fma(vec4f(subgroupBroadcast(a1.w, 0u)), b3, s4);
      s5 = fma(vec4f(subgroupBroadcast(a1.w, 1u)), b3, s5);
      s6 = fma(vec4f(subgroupBroadcast(a1.w, 2u)), b3, s6);
      s7 = fma(vec4f(subgroupBroadcast(a1.w, 3u)), b3, s7);
      s8 = fma(vec4f(subgroupBroadcast(a2.w, 0u)), b3, s8);
      s9 = fma(vec4f(subgroupBroadcast(a2.w, 1u)), b3, s9);
      s10 = fma(vec4f(subgroupBroadcast(a2.w, 2u)), b3, s10);
      s11 = fma(vec4f(subgroupBroadcast(a2.w, 3u)), b3, s11);
      s12 = fma(vec4f(subgroupBroadcast(a3.w, 0u)), b3, s12);
      s13 = fma(vec4f(subgroupBroadcast(a3.w, 1u)), b3, s13);
      s14 = fma(vec4f(subgroupBroadcast(a3.w, 2u)), b3, s14);
      s15 = fma(vec4f(subgroupBroadcast(a3.w, 3u)), b3, s15);
      a_at += a_step;
      b_at += b_step;
    }
  }

  if (quad >= quads) { return; }
  // s0 .. s15 are rows 0 .. 15 in order, or where A is transposed 0 4 8 12, 1 5 9 13, …
  let major = select(4u, 1u, transpose_a);
  let minor = select(1u, 4u, transpose_a);
  let at = wid.z * (g.y_model / 4u) + (batch * g.i + row) * quads + quad;
  let rows = g.i - row;
  y[at] = s0;
  if (minor < rows) { y[at + (minor) * quads] = s1; }
  if (2u * minor < rows) { y[at + (2u * minor) * quads] = s2; }
  if (3u * minor < rows) { y[at + (3u * minor) * quads] = s3; }
  if (major < rows) { y[at + (major) * quads] = s4; }
  if (major + minor < rows) { y[at + (major + minor) * quads] = s5; }
  if (major + 2u * minor < rows) { y[at + (major + 2u * minor) * quads] = s6; }
  if (major + 3u * minor < rows) { y[at + (major + 3u * minor) * quads] = s7; }
  if (2u * major < rows) { y[at + (2u * major) * quads] = s8; }
  if (2u * major + minor < rows) { y[at + (2u * major + minor) * quads] = s9; }
  if (2u * major + 2u * minor < rows) { y[at + (2u * major + 2u * minor) * quads] = s10; }
  if (2u * major + 3u * minor < rows) { y[at + (2u * major + 3u * minor) * quads] = s11; }
  if (3u * major < rows) { y[at + (3u * major) * quads] = s12; }
  if (3u * major + minor < rows) { y[at + (3u * major + minor) * quads] = s13; }
  if (3u * major + 2u * minor < rows) { y[at + (3u * major + 2u * minor) * quads] = s14; }
  if (3u * major + 3u * minor < rows) { y[at + (3u * major + 3u * minor) * quads] = s15; }
}
