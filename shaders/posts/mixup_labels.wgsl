// Labels after mixup. soft 0: y [M,batch,outputs] u32 (any words) become the partner's where the partner's share is above one half (bit 24 of the
// row's word first_word is 0). soft 1: y [M,batch,outputs] f32 bits become λ at the class labels[...] plus 1 − λ at partner_labels[...], else 0.
// λ as in posts/mixup.wgsl. One invocation owns one sample; z is the model.

override workgroup_size = 64u;

struct Params { batch: u32, outputs: u32, soft: u32, row_stride: u32, first_word: u32, steps: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read> quantiles: array<f32>;
@group(0) @binding(3) var<storage, read> labels: array<u32>;
@group(0) @binding(4) var<storage, read> partner_labels: array<u32>;
@group(0) @binding(5) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let sample = (wid.y * groups.x + wid.x) * workgroup_size + lane;
  if (sample >= params.batch) {
    return;
  }
  let place = wid.z * params.batch + sample;
  let word = rows[place * params.row_stride + params.first_word];
  let own = (word >> 24u) > 0u;
  if (params.soft == 0u) {
    for (var o = 0u; o < params.outputs && !own; o++) {
      y[place * params.outputs + o] = partner_labels[place * params.outputs + o];
    }
    return;
  }
  let s = word & 0xffffffu;
  let width = 0x1000000u / params.steps;
  let i = s / width;
  let t = f32(s % width) / f32(width);
  let q = quantiles[i] + t * (quantiles[i + 1u] - quantiles[i]);
  let share = select(q, 1.0 - q, own);
  for (var o = 0u; o < params.outputs; o++) {
    let value = select(0.0, share, labels[place] == o) + select(0.0, 1.0 - share, partner_labels[place] == o);
    y[place * params.outputs + o] = bitcast<u32>(value);
  }
}
