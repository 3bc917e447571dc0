// What the controller sees of a model, observation [M, classes + 4]: accuracy of each class on the held-out images, their mean loss over ln(classes)
// (at most `limit`, which also stands for one that is no number), norm/(1 + norm) of the gradient, its mean over the last `window` steps, the share
// of the warm-up done, and 1. rows [M,total,2] holds (loss, 1 or 0) of each image, as evaluate/score leaves them; labels [total] u8, 4 a word;
// history [M,capacity] of the training step: (loss, gradient norm, …); state[0] = steps done. One workgroup owns a model.

struct Params { classes: u32, total: u32, capacity: u32, window: u32, steps: u32, loss_unit: f32, limit: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<vec2f>;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
@group(0) @binding(3) var<storage, read> history: array<vec4f>;
@group(0) @binding(4) var<storage, read> state: array<u32>;
@group(0) @binding(5) var<storage, read_write> observation: array<f32>;

var<workgroup> seen: array<atomic<u32>, 256>;
var<workgroup> right: array<atomic<u32>, 256>;
var<workgroup> partial: array<f32, 64>;

// By bits, because software adapters fold x != x to false.
fn is_finite(value: f32) -> bool {
  return (bitcast<u32>(value) & 0x7f800000u) != 0x7f800000u;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let g = params;
  var sum = 0.0;
  for (var i = lane; i < g.total; i += 64u) {
    let row = rows[wid.z * g.total + i];
    let class_of = (labels[i >> 2u] >> (8u * (i & 3u))) & 0xffu;
    sum += row.x;
    atomicAdd(&seen[class_of], 1u);
    atomicAdd(&right[class_of], select(0u, 1u, row.y > 0.5));
  }
  partial[lane] = sum;
  workgroupBarrier();

  let at = wid.z * (g.classes + 4u);
  for (var c = lane; c < g.classes; c += 64u) {
    observation[at + c] = f32(atomicLoad(&right[c])) / f32(max(atomicLoad(&seen[c]), 1u));
  }
  if (lane > 0u) { return; }
  // In a fixed order, so that a model gets the same bits beside others and alone.
  var total = 0.0;
  for (var i = 0u; i < 64u; i++) { total += partial[i]; }
  let loss = total / (f32(g.total) * g.loss_unit);
  let done = state[0];
  let steps = min(done, g.window);
  var norm = 0.0;
  for (var i = 0u; i < steps; i++) { norm += history[wid.z * g.capacity + (done - 1u - i) % g.capacity].y; }
  norm /= f32(max(steps, 1u));
  observation[at + g.classes] = select(g.limit, min(loss, g.limit), is_finite(loss));
  observation[at + g.classes + 1u] = select(1.0, norm / (1.0 + norm), is_finite(norm));
  observation[at + g.classes + 2u] = min(1.0, f32(done) / f32(g.steps));
  observation[at + g.classes + 3u] = 1.0;
}
