// Puts the rows of one batch where they belong among all: rows[m, step·N + n, :] = batch[m, n, :]; what lies past `total` is dropped.
// batch [M,N,W], rows [M,total,W] f32; state[0] = step, state[1] counts workgroups, and the last one to finish raises the step.
// One invocation owns one element.

struct Params { n: u32, width: u32, total: u32, batch_model: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> batch: array<f32>;
@group(0) @binding(2) var<storage, read_write> rows: array<f32>;
@group(0) @binding(3) var<storage, read_write> state: array<atomic<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let step = atomicLoad(&state[0]);
  let e = (wid.y * count.x + wid.x) * 64u + lid;
  let place = step * g.n * g.width + e;
  if (e < g.n * g.width && place < g.total * g.width) {
    rows[wid.z * g.total * g.width + place] = batch[wid.z * g.batch_model + e];
  }
  workgroupBarrier();
  if (lid == 0u && atomicAdd(&state[1], 1u) == count.x * count.y * count.z - 1u) {
    atomicStore(&state[1], 0u);
    atomicStore(&state[0], step + 1u);
  }
}
