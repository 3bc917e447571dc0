// layernorm weight and bias gradient: dweight[c] = Σ_row dy · (x − mean) · inverse, dbias[c] = Σ_row dy.
// dy, x [M,rows,C], stats [M,rows,2] = mean, inverse, dweight, dbias [M,parts,C]. One invocation owns one channel of one part:
// part j sums rows j·chunk .. (j+1)·chunk in order; the consumer adds the parts in order.

struct Params {
  rows: u32, c: u32, parts: u32, chunk: u32,
  dy_model: u32, x_model: u32, stats_model: u32, dweight_model: u32, dbias_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> stats: array<f32>;
@group(0) @binding(4) var<storage, read_write> dweight: array<f32>;
@group(0) @binding(5) var<storage, read_write> dbias: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  if (i >= g.parts * g.c) { return; }
  let c = i % g.c;
  let part = i / g.c;
  var weight_sum = 0.0;
  var bias_sum = 0.0;
  for (var row = part * g.chunk; row < min(g.rows, (part + 1u) * g.chunk); row++) {
    let slope = dy[wid.z * g.dy_model + row * g.c + c];
    let stats_at = wid.z * g.stats_model + 2u * row;
    weight_sum += slope * (x[wid.z * g.x_model + row * g.c + c] - stats[stats_at]) * stats[stats_at + 1u];
    bias_sum += slope;
  }
  dweight[wid.z * g.dweight_model + i] = weight_sum;
  dbias[wid.z * g.dbias_model + i] = bias_sum;
}
