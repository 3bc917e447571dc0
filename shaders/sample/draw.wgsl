// Draws the parameters of every sample of a batch, and the label where it follows from them. rows [M,batch,1+count] u32: word 0 is 1 where the
// sample is this family's (in a mixture: where choice [M,batch] = part), then one word a parameter, f32 bits or an integer. y [M,batch(,outputs)].
// table: 8 words a parameter (kind, stream, draw, a, b, easy, has_easy, given), then 4 a label value (parameter, shift, scale, integer).
// A given parameter is left as another kernel wrote it (random/categorical where classes have weights). difficulty [M or 1] f32. One invocation: one sample.
// Libraries: random/threefry, random/distributions. The CPU twin is packages/datagen/src/draws.ts.

override workgroup_size = 64u;

struct Params {
  batch: u32, first_low: u32, first_high: u32, index_step: u32, seeds_model: u32, count: u32, label: u32, label_parameter: u32, outputs: u32,
  class_offset: u32, part: u32, has_choice: u32, has_difficulty: u32, difficulty_model: u32,
  // Of the parameters that are not the image's: the label's, or in post-passes augmentation.
  stream: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> seeds: array<u32>;
@group(0) @binding(3) var<storage, read> table: array<u32>;
@group(0) @binding(4) var<storage, read> difficulty: array<f32>;
@group(0) @binding(5) var<storage, read> choice: array<u32>;
@group(0) @binding(6) var<storage, read_write> rows: array<u32>;
@group(0) @binding(7) var<storage, read_write> y: array<u32>;

const UNIFORM = 0u;
const NORMAL = 1u;
const INTEGER = 2u;
const CLASS = 3u;

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let sample = (wid.y * groups.x + wid.x) * workgroup_size + lane;
  if (sample >= params.batch) {
    return;
  }
  let place = wid.z * params.batch + sample;
  let row = place * (params.count + 1u);
  if (params.has_choice > 0u && choice[place] != params.part) {
    rows[row] = 0u;
    return;
  }
  rows[row] = 1u;
  let index = sample_index(params.first_low, params.first_high, sample * params.index_step);
  let seed = seeds[wid.z * params.seeds_model];
  let image_key = sample_key(seed, STREAM_IMAGE, state[0], index.y);
  let label_key = sample_key(seed, params.stream, state[0], index.y);

  for (var p = 0u; p < params.count; p++) {
    let at = 8u * p;
    if (table[at + 7u] > 0u) {
      continue;
    }
    let kind = table[at];
    let key = select(label_key, image_key, table[at + 1u] == STREAM_IMAGE);
    let draw = table[at + 2u];
    var word = 0u;
    if (kind == CLASS) {
      word = draw_below(key, index.x, draw, table[at + 3u]);
    } else if (kind == INTEGER) {
      word = table[at + 3u] + draw_below(key, index.x, draw, table[at + 4u] - table[at + 3u] + 1u);
    } else {
      let a = bitcast<f32>(table[at + 3u]);
      let b = bitcast<f32>(table[at + 4u]);
      var value = 0.0;
      if (kind == UNIFORM) {
        value = a + (b - a) * unit_float(draw_word(key, index.x, 0u, draw));
      } else {
        value = a + b * normal_from(draw_word(key, index.x, 0u, draw), draw_word(key, index.x, 0u, draw + 1u));
      }
      if (params.has_difficulty > 0u && table[at + 6u] > 0u) {
        let easy = bitcast<f32>(table[at + 5u]);
        value = easy + clamp(difficulty[wid.z * params.difficulty_model], 0.0, 1.0) * (value - easy);
      }
      word = bitcast<u32>(value);
    }
    rows[row + 1u + p] = word;
  }

  // label: 0 the family's own kernel writes y, 1 a class, 2 values, 3 the part of the mixture.
  if (params.label == 1u) {
    y[place] = params.class_offset + rows[row + 1u + params.label_parameter];
  } else if (params.label == 2u) {
    for (var o = 0u; o < params.outputs; o++) {
      let at = 8u * params.count + 4u * o;
      let word = rows[row + 1u + table[at]];
      let value = select(bitcast<f32>(word), f32(i32(word)), table[at + 3u] > 0u);
      y[place * params.outputs + o] = bitcast<u32>((value - bitcast<f32>(table[at + 1u])) * bitcast<f32>(table[at + 2u]));
    }
  } else if (params.label == 3u) {
    y[place] = params.part;
  }
}
