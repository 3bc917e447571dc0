// Noise on each value of an image, in place: x [M,batch,C·H·W] f32 in [0,1]. kind 0: x + sigma·normal, clipped to [0,1]; kind 1: with
// probability amount·2^-24 a 0 or a 1, as likely. rows: word first_word holds sigma (f32) or amount (u32). Values 2k and 2k + 1 take the words
// of call first_call + k of the stream of augmentation. One invocation owns every so-many-th pair of an image; z is the model.
// Libraries: random/threefry, random/distributions.

override workgroup_size = 64u;

struct Params {
  batch: u32, pixels: u32, slices: u32, row_stride: u32, first_word: u32, kind: u32, first_call: u32,
  first_low: u32, first_high: u32, index_step: u32, seeds_model: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> seeds: array<u32>;
@group(0) @binding(3) var<storage, read> rows: array<u32>;
@group(0) @binding(4) var<storage, read_write> x: array<f32>;

fn peppered(value: f32, word: u32, amount: u32) -> f32 {
  return select(value, f32(word & 1u), (word >> 8u) < amount);
}

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let number = wid.y * groups.x + wid.x;
  let image = number / params.slices;
  if (image >= params.batch) {
    return;
  }
  let place = wid.z * params.batch + image;
  let level = rows[place * params.row_stride + params.first_word];
  let index = sample_index(params.first_low, params.first_high, image * params.index_step);
  let key = sample_key(seeds[wid.z * params.seeds_model], STREAM_AUGMENTATION, state[0], index.y);
  let pairs = (params.pixels + 1u) / 2u;
  for (var pair = (number % params.slices) * workgroup_size + lane; pair < pairs; pair += workgroup_size * params.slices) {
    let words = draw_pair(key, index.x, 0u, params.first_call + pair);
    let at = place * params.pixels + 2u * pair;
    let whole = 2u * pair + 1u < params.pixels;
    if (params.kind == 0u) {
      let noise = bitcast<f32>(level) * normal_pair(words.x, words.y);
      x[at] = clamp(x[at] + noise.x, 0.0, 1.0);
      if (whole) {
        x[at + 1u] = clamp(x[at + 1u] + noise.y, 0.0, 1.0);
      }
    } else {
      x[at] = peppered(x[at], words.x, level);
      if (whole) {
        x[at + 1u] = peppered(x[at + 1u], words.y, level);
      }
    }
  }
}
