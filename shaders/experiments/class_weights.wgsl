// Class weights from validation: weights[m,c] = (1 − accuracy of class c) + floor, and the accuracies beside them, log [M,epochs,2,classes] at
// epoch counter[0], which the last model raises. rows [M,total,2] holds (loss, 1 or 0) of each image, as evaluate/score leaves them; labels
// [total] u8, 4 a word. With frozen ≠ 0 the weights stay as they are and only the accuracies are logged (the control).
// One workgroup owns a model, an invocation a class.

struct Params { classes: u32, total: u32, epochs: u32, floor: f32, frozen: u32, rows_model: u32, models: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<vec2f>;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
@group(0) @binding(3) var<storage, read_write> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> log: array<f32>;
@group(0) @binding(5) var<storage, read_write> counter: array<atomic<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let epoch = atomicLoad(&counter[0]);
  for (var c = lane; c < params.classes; c += 64u) {
    var seen = 0u;
    var right = 0u;
    for (var i = 0u; i < params.total; i++) {
      if (((labels[i >> 2u] >> (8u * (i & 3u))) & 0xffu) == c) {
        seen++;
        right += select(0u, 1u, rows[wid.z * params.rows_model + i].y > 0.5);
      }
    }
    let accuracy = f32(right) / f32(max(seen, 1u));
    let at = wid.z * params.classes + c;
    if (params.frozen == 0u) {
      weights[at] = (1.0 - accuracy) + params.floor;
    }
    if (epoch < params.epochs) {
      let row = 2u * params.classes * (wid.z * params.epochs + epoch) + c;
      log[row] = accuracy;
      log[row + params.classes] = weights[at];
    }
  }
  storageBarrier();
  workgroupBarrier();
  if (lane == 0u && atomicAdd(&counter[1], 1u) == params.models - 1u) {
    atomicStore(&counter[1], 0u);
    atomicStore(&counter[0], epoch + 1u);
  }
}
