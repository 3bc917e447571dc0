// matmul for large GPUs, sizes that are multiples of four; what it computes and the shapes are in forward.naive.wgsl. A workgroup owns 128×128
// of y, an invocation 8×8 in registers: rows and columns in two groups of four, 64 apart. Slabs of eight k of A and B, k outermost, go through
// workgroup memory in two buffers, so that the next slab is on its way while one is multiplied, with one barrier a slab. Past the end they hold 0.

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

// Vectors of four i or j in a row of a slab, and vectors in a slab: both operands and both buffers fill the 16 KiB that every adapter has.
const TILE = 128u;
const ROW = 32u;
const SLAB = 8u;
const SIZE = 256u;
var<workgroup> left: array<vec4f, 2u * SIZE>;
var<workgroup> right: array<vec4f, 2u * SIZE>;

// The vector of an operand that an invocation fetches for the slab that begins at `first`: four neighbours along k where k is contiguous
// (`deep`), else four along i or j. `across` elements in all, the tile begins at `begin`.
struct Place { at: u32, there: bool }
fn place(lid: u32, deep: bool, begin: u32, across: u32, first: u32, k: u32) -> Place {
  let line = begin + select(lid % ROW * 4u, lid / 2u, deep);
  let depth = first + select(lid / ROW, lid % 2u * 4u, deep);
  return Place(select(depth * across + line, line * k + depth, deep) / 4u, line < across && depth < k);
}

fn keep_left(lid: u32, buffer: u32, deep: bool, v: vec4f) {
  if (!deep) {
    left[buffer * SIZE + lid] = v;
    return;
  }
  let at = buffer * SIZE + lid % 2u * 4u * ROW + lid / 8u;
  let lane = lid / 2u % 4u;
  left[at][lane] = v.x;
  left[at + ROW][lane] = v.y;
  left[at + 2u * ROW][lane] = v.z;
  left[at + 3u * ROW][lane] = v.w;
}

fn keep_right(lid: u32, buffer: u32, deep: bool, v: vec4f) {
  if (!deep) {
    right[buffer * SIZE + lid] = v;
    return;
  }
  let at = buffer * SIZE + lid % 2u * 4u * ROW + lid / 8u;
  let lane = lid / 2u % 4u;
  right[at][lane] = v.x;
  right[at + ROW][lane] = v.y;
  right[at + 2u * ROW][lane] = v.z;
  right[at + 3u * ROW][lane] = v.w;
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let a_deep = g.transpose_a == 0u;
  let b_deep = g.transpose_b != 0u;
  let blocks = (g.j + TILE - 1u) / TILE;
  let tiles = (g.i + TILE - 1u) / TILE * blocks;
  let group = wid.y * count.x + wid.x;
  let batch = group / tiles;
  if (batch >= g.batches) { return; }
  let row = (group % tiles) / blocks * TILE;
  let column = (group % tiles) % blocks * TILE;
  // 32 neighbours own 4×8 pieces, so that they read few different vectors of a slab.
  let ty = lid / 64u * 4u + lid % 32u / 8u;
  let tx = lid / 32u % 2u * 8u + lid % 8u;
  let a_from = wid.z * g.a_model + walked(batch, g.batch1, g.batch2, g.a_batch0, g.a_batch1, g.a_batch2);
  let b_from = wid.z * g.b_model + walked(batch, g.batch1, g.batch2, g.b_batch0, g.b_batch1, g.b_batch2);
  var s0 = vec4f();
  var t0 = vec4f();
  var s1 = vec4f();
  var t1 = vec4f();
  var s2 = vec4f();
  var t2 = vec4f();
  var s3 = vec4f();
  var t3 = vec4f();
  var s4 = vec4f();
  var t4 = vec4f();
  var s5 = vec4f();
  var t5 = vec4f();
  var s6 = vec4f();
  var t6 = vec4f();
  var s7 = vec4f();
  var t7 = vec4f();

  var u = vec4f();
  var v = vec4f();
  var term = 0u;
  var first = 0u;
  let slabs = (g.k + SLAB - 1u) / SLAB * g.terms;
  for (var slab = 0u; slab <= slabs; slab++) {
    // Fetch this slab, multiply the one before while it comes, then keep it.
    if (slab < slabs) {
      let a_place = place(lid, a_deep, row, g.i, first, g.k);
      let b_place = place(lid, b_deep, column, g.j, first, g.k);
      u = vec4f();
      v = vec4f();
      if (a_place.there) { u = a[(a_from + summed(term, g.term1, g.a_term0, g.a_term1)) / 4u + a_place.at]; }
      if (b_place.there) { v = b[(b_from + summed(term, g.term1, g.b_term0, g.b_term1)) / 4u + b_place.at]; }
      first += SLAB;
      if (first >= g.k) {
        first = 0u;
        term++;
      }
    }
    if (slab > 0u) {
      let from_left = (slab - 1u) % 2u * SIZE + ty;
      let from_right = (slab - 1u) % 2u * SIZE + tx;
      for (var k = 0u; k < SLAB * ROW; k += ROW) {
        let p = left[from_left + k];
        let q = left[from_left + k + 16u];
        let l = right[from_right + k];
        let r = right[from_right + k + 16u];
        s0 = fma(vec4f(p.x), l, s0);
        t0 = fma(vec4f(p.x), r, t0);
        s1 = fma(vec4f(p.y), l, s1);
        t1 = fma(vec4f(p.y), r, t1);
        s2 = fma(vec4f(p.z), l, s2);
        t2 = fma(vec4f(p.z), r, t2);
        s3 = fma(vec4f(p.w), l, s3);
        t3 = fma(vec4f(p.w), r, t3);
        s4 = fma(vec4f(q.x), l, s4);
        t4 = fma(vec4f(q.x), r, t4);
        s5 = fma(vec4f(q.y), l, s5);
        t5 = fma(vec4f(q.y), r, t5);
        s6 = fma(vec4f(q.z), l, s6);
        t6 = fma(vec4f(q.z), r, t6);
        s7 = fma(vec4f(q.w), l, s7);
        t7 = fma(vec4f(q.w), r, t7);
      }
    }
    if (slab < slabs) {
      keep_left(lid, slab % 2u, a_deep, u);
      keep_right(lid, slab % 2u, b_deep, v);
    }
    workgroupBarrier();
  }

  let i = row + 4u * ty;
  let j = column + 4u * tx;
  let quads = g.j / 4u;
  let at = (wid.z * g.y_model + batch * g.i * g.j) / 4u + i * quads + j / 4u;
  let near = j < g.j;
  let far = j + 64u < g.j;
  if (i < g.i && near) { y[at] = s0; }
  if (i < g.i && far) { y[at + 16u] = t0; }
  if (i + 1u < g.i && near) { y[at + quads] = s1; }
  if (i + 1u < g.i && far) { y[at + quads + 16u] = t1; }
  if (i + 2u < g.i && near) { y[at + 2u * quads] = s2; }
  if (i + 2u < g.i && far) { y[at + 2u * quads + 16u] = t2; }
  if (i + 3u < g.i && near) { y[at + 3u * quads] = s3; }
  if (i + 3u < g.i && far) { y[at + 3u * quads + 16u] = t3; }
  if (i + 64u < g.i && near) { y[at + 64u * quads] = s4; }
  if (i + 64u < g.i && far) { y[at + 64u * quads + 16u] = t4; }
  if (i + 65u < g.i && near) { y[at + 65u * quads] = s5; }
  if (i + 65u < g.i && far) { y[at + 65u * quads + 16u] = t5; }
  if (i + 66u < g.i && near) { y[at + 66u * quads] = s6; }
  if (i + 66u < g.i && far) { y[at + 66u * quads + 16u] = t6; }
  if (i + 67u < g.i && near) { y[at + 67u * quads] = s7; }
  if (i + 67u < g.i && far) { y[at + 67u * quads + 16u] = t7; }
}
