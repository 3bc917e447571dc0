// matmul: y[i,j] = Σ_k A[i,k] · B[k,j], where A = a or aᵀ and B = b or bᵀ. a [M,I,K] (or [M,K,I]), b [M,K,J] (or [M,J,K]), y [M,I,J].
// One invocation owns one y.

struct Params { i: u32, j: u32, k: u32, transpose_a: u32, transpose_b: u32, a_model: u32, b_model: u32, y_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let id = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (id >= g.i * g.j) { return; }
  let i = id / g.j;
  let j = id % g.j;
  let a_step = select(1u, g.i, g.transpose_a != 0u);
  let b_step = select(g.j, 1u, g.transpose_b != 0u);
  var a_at = wid.z * g.a_model + select(i * g.k, i, g.transpose_a != 0u);
  var b_at = wid.z * g.b_model + select(j, j * g.k, g.transpose_b != 0u);
  var sum = 0.0;
  for (var k = 0u; k < g.k; k++) {
    sum += a[a_at] * b[b_at];
    a_at += a_step;
    b_at += b_step;
  }
  y[wid.z * g.y_model + id] = sum;
}
