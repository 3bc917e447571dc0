// matmul on f16 storage for GPUs with subgroup matrices, sums in f32; what it computes and the shapes are in forward.naive_f16.wgsl. I is a multiple
// of 64, J of 128, K of 16. A workgroup of four subgroups of 32 owns 64×128 of y, a subgroup 32×64 as 2×4 matrices, read straight from a and b.
// No other subgroup operations: together with matrices they have crashed a driver.

enable f16;
enable chromium_experimental_subgroup_matrix;
// A subgroup is 32 neighbours here, so what it does depends on lid / 32 alone; the compiler cannot prove that.
diagnostic(off, chromium.subgroup_matrix_uniformity);

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

const ROWS = 64u;
const COLUMNS = 128u;
// A matrix of sums a subgroup, on its way to be rounded to f16.
var<workgroup> sums: array<f32, 1024>;

fn left(at: u32, stride: u32, transposed: bool) -> Left {
  if (transposed) { return left_columns(&a, at, stride); }
  return left_rows(&a, at, stride);
}

fn right(at: u32, stride: u32, transposed: bool) -> Right {
  if (transposed) { return right_columns(&b, at, stride); }
  return right_rows(&b, at, stride);
}

// Rounds the matrix that lane 0 .. 31 of a subgroup kept and writes it; `at` is its first element in y.
fn put(lid: u32, at: u32) {
  workgroupBarrier();
  for (var e = lid % 32u; e < 256u; e += 32u) { y[at + e / 16u * params.j + e % 16u] = f16(sums[lid / 32u * 256u + e]); }
  workgroupBarrier();
}

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let transpose_a = g.transpose_a != 0u;
  let transpose_b = g.transpose_b != 0u;
  let blocks = g.j / COLUMNS;
  let tiles = g.i / ROWS * blocks;
  let group = wid.y * count.x + wid.x;
  let batch = group / tiles;
  if (batch >= g.batches) { return; }
  let subgroup = lid / 32u;
  let row = (group % tiles) / blocks * ROWS + subgroup / 2u * 32u;
  let column = (group % tiles) % blocks * COLUMNS + subgroup % 2u * 64u;
  let a_from = wid.z * g.a_model + walked(batch, g.batch1, g.batch2, g.a_batch0, g.a_batch1, g.a_batch2);
  let b_from = wid.z * g.b_model + walked(batch, g.batch1, g.batch2, g.b_batch0, g.b_batch1, g.b_batch2);
  // Elements from one line of a matrix to the next, to the next sixteen rows or columns of y, and to the next sixteen k.
  let a_line = select(g.k, g.i, transpose_a);
  let b_line = select(g.j, g.k, transpose_b);
  let a_next = select(16u * g.k, 16u, transpose_a);
  let b_next = select(16u, 16u * g.k, transpose_b);
  let a_deeper = select(16u, 16u * g.i, transpose_a);
  let b_deeper = select(16u * g.j, 16u, transpose_b);
  var s00: Sum;
  var s01: Sum;
  var s02: Sum;
  var s03: Sum;
  var s10: Sum;
  var s11: Sum;
  var s12: Sum;
  var s13: Sum;

  for (var term = 0u; term < g.terms; term++) {
    var a_at = a_from + summed(term, g.term1, g.a_term0, g.a_term1) + row / 16u * a_next;
    var b_at = b_from + summed(term, g.term1, g.b_term0, g.b_term1) + column / 16u * b_next;
    for (var k = 0u; k < g.k; k += 16u) {
      let l0 = left(a_at, a_line, transpose_a);
      let l1 = left(a_at + a_next, a_line, transpose_a);
      let r0 = right(b_at, b_line, transpose_b);
      let r1 = right(b_at + b_next, b_line, transpose_b);
      let r2 = right(b_at + 2u * b_next, b_line, transpose_b);
      let r3 = right(b_at + 3u * b_next, b_line, transpose_b);
      s00 = multiply_add(l0, r0, s00);
      s01 = multiply_add(l0, r1, s01);
      s02 = multiply_add(l0, r2, s02);
      s03 = multiply_add(l0, r3, s03);
      s10 = multiply_add(l1, r0, s10);
      s11 = multiply_add(l1, r1, s11);
      s12 = multiply_add(l1, r2, s12);
      s13 = multiply_add(l1, r3, s13);
      a_at += a_deeper;
      b_at += b_deeper;
    }
  }

  let at = wid.z * g.y_model + (batch * g.i + row) * g.j + column;
  let own = subgroup * 256u;
  keep(&sums, own, s00);
  put(lid, at);
  keep(&sums, own, s01);
  put(lid, at + 16u);
  keep(&sums, own, s02);
  put(lid, at + 32u);
  keep(&sums, own, s03);
  put(lid, at + 48u);
  keep(&sums, own, s10);
  put(lid, at + 16u * g.j);
  keep(&sums, own, s11);
  put(lid, at + 16u * g.j + 16u);
  keep(&sums, own, s12);
  put(lid, at + 16u * g.j + 32u);
  keep(&sums, own, s13);
  put(lid, at + 16u * g.j + 48u);
}
