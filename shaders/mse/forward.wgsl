// Mean squared error per row, with its gradient: l[n] = mean_o (p − t)², dp = 2 (p − t)/O (per row, not averaged over the batch).
// pred, labels (f32), dp [M,N,O], l [M,N]. One invocation owns one row.

struct Params { n: u32, o: u32, pred_model: u32, labels_model: u32, rows_model: u32, dp_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> pred: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<f32>;
@group(0) @binding(3) var<storage, read_write> rows: array<f32>;
@group(0) @binding(4) var<storage, read_write> dp: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let n = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (n >= g.n) { return; }
  var sum = 0.0;
  for (var o = 0u; o < g.o; o++) {
    let error = pred[wid.z * g.pred_model + n * g.o + o] - labels[wid.z * g.labels_model + n * g.o + o];
    sum += error * error;
    dp[wid.z * g.dp_model + n * g.o + o] = 2.0 * error / f32(g.o);
  }
  rows[wid.z * g.rows_model + n] = sum / f32(g.o);
}
