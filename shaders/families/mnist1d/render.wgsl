// Family `mnist1d`: x [M,batch,width] f32, a 12-point digit stretched, scaled, rotated by `shift`, noisy and sheared. rows: class, padding, scale,
// shift, shear. shapes: 10 templates of 12 points, then 17 weights that smooth the noise. state[0] = step; seeds [M or 1].
// Which place is template is decided in whole numbers, as an edge of the digit hangs on it.
// A workgroup owns one sample (z = model); its signal stands in workgroup memory. Libraries: random/threefry, random/distributions.

override workgroup_size = 64u;

struct Params {
  batch: u32, first_low: u32, first_high: u32, index_step: u32, seeds_model: u32, row_stride: u32, width: u32, length: u32, noise: f32,
  grain: f32, mean: f32, factor: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> seeds: array<u32>;
@group(0) @binding(3) var<storage, read> rows: array<u32>;
@group(0) @binding(4) var<storage, read> shapes: array<f32>;
@group(0) @binding(5) var<storage, read_write> x: array<f32>;

const FIRST_NOISE = 16u;
const NOISE_DRAWS = 128u;

var<workgroup> white: array<f32, 128>;
var<workgroup> grain: array<f32, 128>;
var<workgroup> signal: array<f32, 128>;

// Height of a template's point; behind its twelve points is padding.
fn height(class_number: u32, point: u32) -> f32 {
  return select(0.0, shapes[12u * class_number + min(point, 11u)], point < 12u);
}

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let sample = wid.y * groups.x + wid.x;
  if (sample >= params.batch) {
    return;
  }
  let place = wid.z * params.batch + sample;
  let row = place * params.row_stride;
  if (rows[row] == 0u) {
    return;
  }
  let class_number = rows[row + 1u];
  let padding = rows[row + 2u];
  let scale = bitcast<f32>(rows[row + 3u]);
  let shift = rows[row + 4u];
  let shear = bitcast<f32>(rows[row + 5u]);
  let index = sample_index(params.first_low, params.first_high, sample * params.index_step);
  let key = sample_key(seeds[wid.z * params.seeds_model], STREAM_IMAGE, state[0], index.y);
  let length = params.length;

  for (var i = 2u * lane; i < length; i += 2u * workgroup_size) {
    let words = draw_pair(key, index.x, 0u, (FIRST_NOISE + i) / 2u);
    let noise = normal_pair(words.x, words.y);
    let more = draw_pair(key, index.x, 0u, (FIRST_NOISE + NOISE_DRAWS + i) / 2u);
    let fine = normal_pair(more.x, more.y);
    white[i] = noise.x;
    white[i + 1u] = noise.y;
    grain[i] = fine.x;
    grain[i + 1u] = fine.y;
  }
  workgroupBarrier();

  for (var i = lane; i < length; i += workgroup_size) {
    var stretched = i + length - shift;
    stretched -= select(0u, length, stretched >= length);
    // This far into the padded template, in 1/(length - 1).
    let at = stretched * (11u + padding);
    var value = 0.0;
    if (at < 12u * (length - 1u)) {
      let point = at / (length - 1u);
      let share = f32(at - point * (length - 1u)) / f32(length - 1u);
      value = scale * mix(height(class_number, point), height(class_number, point + 1u), share);
    } else {
      for (var k = 0u; k < 17u; k++) {
        // Mirrored at both ends, the last value repeated.
        let from_left = i32(i + k) - 8;
        let mirrored = select(from_left, -from_left - 1, from_left < 0);
        let inside = select(mirrored, 2 * i32(length) - 1 - mirrored, mirrored >= i32(length));
        value += shapes[120u + k] * white[inside];
      }
      value *= params.noise;
    }
    signal[i] = value + params.grain * grain[i] - shear * (f32(i) / f32(length - 1u) - 0.5);
  }
  workgroupBarrier();

  for (var j = lane; j < params.width; j += workgroup_size) {
    let at = j * (length - 1u);
    let left = at / (params.width - 1u);
    let share = f32(at - left * (params.width - 1u)) / f32(params.width - 1u);
    let value = mix(signal[left], signal[min(left + 1u, length - 1u)], share);
    x[place * params.width + j] = (value - params.mean) * params.factor;
  }
}
