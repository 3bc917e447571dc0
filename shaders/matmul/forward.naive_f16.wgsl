// matmul on f16 storage, sums in f32: y[i,j] = Σ_k A[i,k] · B[k,j], rounded once; what the parameters mean is in forward.naive.wgsl.
// a [M,…,I,K] (or [M,…,K,I]), b [M,…,K,J] (or [M,…,J,K]), y [M,…,I,J], all f16. One invocation owns one y.

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

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let id = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (id >= g.batches * g.i * g.j) { return; }
  let batch = id / (g.i * g.j);
  let i = (id / g.j) % g.i;
  let j = id % g.j;
  let a_step = select(1u, g.i, g.transpose_a != 0u);
  let b_step = select(g.j, 1u, g.transpose_b != 0u);
  let a_from = wid.z * g.a_model + walked(batch, g.batch1, g.batch2, g.a_batch0, g.a_batch1, g.a_batch2);
  let b_from = wid.z * g.b_model + walked(batch, g.batch1, g.batch2, g.b_batch0, g.b_batch1, g.b_batch2);
  var sum = 0.0;
  for (var term = 0u; term < g.terms; term++) {
    var a_at = a_from + summed(term, g.term1, g.a_term0, g.a_term1) + select(i * g.k, i, g.transpose_a != 0u);
    var b_at = b_from + summed(term, g.term1, g.b_term0, g.b_term1) + select(j, j * g.k, g.transpose_b != 0u);
    for (var k = 0u; k < g.k; k++) {
      sum += f32(a[a_at]) * f32(b[b_at]);
      a_at += a_step;
      b_at += b_step;
    }
  }
  y[wid.z * g.y_model + id] = f16(sum);
}
