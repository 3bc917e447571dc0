// matmul on f16 storage for software adapters with subgroups, any sizes; what it computes and the shapes are in forward.naive_f16.wgsl.
// Every load is one f16 and k goes up by one: a lane owns four columns of sixteen rows, lanes 0..3 load A for four rows each and broadcast
// it as f32. Rows and columns past the end repeat the last one and store nothing.

enable f16;
enable subgroups;

struct Params {
  i: u32, j: u32, k: u32, transpose_a: u32, transpose_b: u32,
  batches: u32, batch1: u32, batch2: u32, a_batch0: u32, a_batch1: u32, a_batch2: u32, b_batch0: u32, b_batch1: u32, b_batch2: u32,
  terms: u32, term1: u32, a_term0: u32, a_term1: u32, b_term0: u32, b_term1: u32,
  a_model: u32, b_model: u32, y_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f16>;
@group(0) @binding(2) var<storage, read> b: array<f16>;
@group(0) @binding(3) var<storage, read_write> y: array<f16>;

const LANES = 8u;

fn store(at: u32, columns: u32, v: vec4f) {
  y[at] = f16(v.x);
  if (columns > 1u) { y[at + 1u] = f16(v.y); }
  if (columns > 2u) { y[at + 2u] = f16(v.z); }
  if (columns > 3u) { y[at + 3u] = f16(v.w); }
}

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
  let blocks = (g.j + 4u * LANES - 1u) / (4u * LANES);
  let tiles = (g.i + 15u) / 16u * blocks;
  let group = wid.y * count.x + wid.x;
  let batch = group / tiles;
  if (batch >= g.batches) { return; }
  let row = (group % tiles) / blocks * 16u;
  let column = ((group % tiles) % blocks * LANES + lid) * 4u;

  let across = select(g.k, 1u, transpose_a);
  let down = select(1u, g.k, transpose_b);
  let a_row0 = min(row + 0u + (lane & 3u), g.i - 1u) * across;
  let a_row1 = min(row + 4u + (lane & 3u), g.i - 1u) * across;
  let a_row2 = min(row + 8u + (lane & 3u), g.i - 1u) * across;
  let a_row3 = min(row + 12u + (lane & 3u), g.i - 1u) * across;
  let b_column0 = min(column, g.j - 1u) * down;
  let b_column1 = min(column + 1u, g.j - 1u) * down;
  let b_column2 = min(column + 2u, g.j - 1u) * down;
  let b_column3 = min(column + 3u, g.j - 1u) * down;
  let a_step = select(1u, g.i, transpose_a);
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
    var a_at = a_from + summed(term, g.term1, g.a_term0, g.a_term1);
    var b_at = b_from + summed(term, g.term1, g.b_term0, g.b_term1);
    for (var k = 0u; k < g.k; k++) {
      let a0 = f32(a[a_at + a_row0]);
      let a1 = f32(a[a_at + a_row1]);
      let a2 = f32(a[a_at + a_row2]);
      let a3 = f32(a[a_at + a_row3]);
      let v = vec4f(f32(b[b_at + b_column0]), f32(b[b_at + b_column1]), f32(b[b_at + b_column2]), f32(b[b_at + b_column3]));
      s0 = fma(vec4f(subgroupBroadcast(a0, 0u)), v, s0);
      s1 = fma(vec4f(subgroupBroadcast(a0, 1u)), v, s1);
      s2 = fma(vec4f(subgroupBroadcast(a0, 2u)), v, s2);
      s3 = fma(vec4f(subgroupBroadcast(a0, 3u)), v, s3);
      s4 = fma(vec4f(subgroupBroadcast(a1, 0u)), v, s4);
      s5 = fma(vec4f(subgroupBroadcast(a1, 1u)), v, s5);
      s6 = fma(vec4f(subgroupBroadcast(a1, 2u)), v, s6);
      s7 = fma(vec4f(subgroupBroadcast(a1, 3u)), v, s7);
      s8 = fma(vec4f(subgroupBroadcast(a2, 0u)), v, s8);
      s9 = fma(vec4f(subgroupBroadcast(a2, 1u)), v, s9);
      s10 = fma(vec4f(subgroupBroadcast(a2, 2u)), v, s10);
      s11 = fma(vec4f(subgroupBroadcast(a2, 3u)), v, s11);
      s12 = fma(vec4f(subgroupBroadcast(a3, 0u)), v, s12);
      s13 = fma(vec4f(subgroupBroadcast(a3, 1u)), v, s13);
      s14 = fma(vec4f(subgroupBroadcast(a3, 2u)), v, s14);
      s15 = fma(vec4f(subgroupBroadcast(a3, 3u)), v, s15);
      a_at += a_step;
      b_at += b_step;
    }
  }

  if (column >= g.j) { return; }
  let columns = g.j - column;
  let at = wid.z * g.y_model + (batch * g.i + row) * g.j + column;
  store(at, columns, s0);
  if (row + 1u < g.i) { store(at + 1u * g.j, columns, s1); }
  if (row + 2u < g.i) { store(at + 2u * g.j, columns, s2); }
  if (row + 3u < g.i) { store(at + 3u * g.j, columns, s3); }
  if (row + 4u < g.i) { store(at + 4u * g.j, columns, s4); }
  if (row + 5u < g.i) { store(at + 5u * g.j, columns, s5); }
  if (row + 6u < g.i) { store(at + 6u * g.j, columns, s6); }
  if (row + 7u < g.i) { store(at + 7u * g.j, columns, s7); }
  if (row + 8u < g.i) { store(at + 8u * g.j, columns, s8); }
  if (row + 9u < g.i) { store(at + 9u * g.j, columns, s9); }
  if (row + 10u < g.i) { store(at + 10u * g.j, columns, s10); }
  if (row + 11u < g.i) { store(at + 11u * g.j, columns, s11); }
  if (row + 12u < g.i) { store(at + 12u * g.j, columns, s12); }
  if (row + 13u < g.i) { store(at + 13u * g.j, columns, s13); }
  if (row + 14u < g.i) { store(at + 14u * g.j, columns, s14); }
  if (row + 15u < g.i) { store(at + 15u * g.j, columns, s15); }
}
