// matmul on f16 storage for GPUs, any sizes; what it computes and the shapes are in forward.naive_f16.wgsl. A workgroup owns 64×64 of y, an
// invocation 4×4. Slabs of sixteen k of A and B go through workgroup memory, as f32 so that each element is converted once a tile, read
// along whichever axis is contiguous; past the end they hold 0.

enable f16;

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

// PITCH: four more than a row, so that neighbours of a column fall into different banks.
const TILE = 64u;
const SLAB = 16u;
const PITCH = 68u;
var<workgroup> left: array<f32, SLAB * PITCH>;
var<workgroup> right: array<f32, SLAB * PITCH>;

fn store(at: u32, columns: u32, v: vec4f) {
  y[at] = f16(v.x);
  if (columns > 1u) { y[at + 1u] = f16(v.y); }
  if (columns > 2u) { y[at + 2u] = f16(v.z); }
  if (columns > 3u) { y[at + 3u] = f16(v.w); }
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let transpose_a = g.transpose_a != 0u;
  let transpose_b = g.transpose_b != 0u;
  let blocks = (g.j + TILE - 1u) / TILE;
  let tiles = (g.i + TILE - 1u) / TILE * blocks;
  let group = wid.y * count.x + wid.x;
  let batch = group / tiles;
  if (batch >= g.batches) { return; }
  let row = (group % tiles) / blocks * TILE;
  let column = (group % tiles) % blocks * TILE;
  let ty = lid / 16u * 4u;
  let tx = lid % 16u * 4u;
  let a_from = wid.z * g.a_model + walked(batch, g.batch1, g.batch2, g.a_batch0, g.a_batch1, g.a_batch2);
  let b_from = wid.z * g.b_model + walked(batch, g.batch1, g.batch2, g.b_batch0, g.b_batch1, g.b_batch2);
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  for (var term = 0u; term < g.terms; term++) {
    let a_term = a_from + summed(term, g.term1, g.a_term0, g.a_term1);
    let b_term = b_from + summed(term, g.term1, g.b_term0, g.b_term1);
    for (var first = 0u; first < g.k; first += SLAB) {
      for (var e = lid; e < TILE * SLAB; e += 256u) {
        let a_k = select(e % SLAB, e / TILE, transpose_a);
        let a_i = select(e / SLAB, e % TILE, transpose_a);
        let b_k = select(e / TILE, e % SLAB, transpose_b);
        let b_j = select(e % TILE, e / SLAB, transpose_b);
        var value = 0.0;
        if (row + a_i < g.i && first + a_k < g.k) {
          value = f32(a[a_term + select((row + a_i) * g.k + first + a_k, (first + a_k) * g.i + row + a_i, transpose_a)]);
        }
        left[a_k * PITCH + a_i] = value;
        value = 0.0;
        if (column + b_j < g.j && first + b_k < g.k) {
          value = f32(b[b_term + select((first + b_k) * g.j + column + b_j, (column + b_j) * g.k + first + b_k, transpose_b)]);
        }
        right[b_k * PITCH + b_j] = value;
      }
      workgroupBarrier();
      for (var k = 0u; k < SLAB; k++) {
        let u = vec4f(left[k * PITCH + ty], left[k * PITCH + ty + 1u], left[k * PITCH + ty + 2u], left[k * PITCH + ty + 3u]);
        let v = vec4f(right[k * PITCH + tx], right[k * PITCH + tx + 1u], right[k * PITCH + tx + 2u], right[k * PITCH + tx + 3u]);
        s0 = fma(vec4f(u.x), v, s0);
        s1 = fma(vec4f(u.y), v, s1);
        s2 = fma(vec4f(u.z), v, s2);
        s3 = fma(vec4f(u.w), v, s3);
      }
      workgroupBarrier();
    }
  }

  let i = row + ty;
  let j = column + tx;
  if (j >= g.j) { return; }
  let at = wid.z * g.y_model + (batch * g.i + i) * g.j + j;
  if (i < g.i) { store(at, g.j - j, s0); }
  if (i + 1u < g.i) { store(at + g.j, g.j - j, s1); }
  if (i + 2u < g.i) { store(at + 2u * g.j, g.j - j, s2); }
  if (i + 3u < g.i) { store(at + 3u * g.j, g.j - j, s3); }
}
