// Family `spectrum`: a sum of `waves` cosines whose amplitude spectrum falls as 1/f^slope, x [M,batch,C,H,W] f32 in [0,1]. Wave w has frequency
// exp2((w + u)·octaves/waves) waves along the longer side, so that waves lie evenly in log f and their density in the plane falls as 1/f²; the amplitude
// f^(1−slope) then makes the spectrum. Direction, phase and the channels' weights are drawn: 6 words of the image's stream a wave from draw FIRST_WAVE on.
// A workgroup owns one of `slices` parts of an image (z = model); its lanes make the waves in workgroup memory, then each owns runs of 8 pixels of a row.
// Libraries: random/threefry, sample/turn. After Baradad et al., "Learning to see by looking at noise", 2021.

override workgroup_size = 64u;

struct Params {
  batch: u32, channels: u32, height: u32, width: u32, slices: u32, row_stride: u32, first_low: u32, first_high: u32, index_step: u32, seeds_model: u32,
  waves: u32, octaves: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> seeds: array<u32>;
@group(0) @binding(3) var<storage, read> rows: array<u32>;
@group(0) @binding(4) var<storage, read_write> x: array<f32>;

const MAX_WAVES = 128u;
const FIRST_WAVE = 8u;

// A wave: turns a pixel to the right and down, turns at the centre. Its amplitude in each channel. Cosines and sines of
// its steps right 0 to 3, and of step 4.
var<workgroup> wave: array<vec3f, MAX_WAVES>;
var<workgroup> amplitude: array<vec3f, MAX_WAVES>;
var<workgroup> cosines: array<vec4f, MAX_WAVES>;
var<workgroup> sines: array<vec4f, MAX_WAVES>;
var<workgroup> ahead: array<vec2f, MAX_WAVES>;

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let number = wid.y * groups.x + wid.x;
  let image = number / params.slices;
  if (image >= params.batch) {
    return;
  }
  let place = wid.z * params.batch + image;
  let row = place * params.row_stride;
  if (rows[row] == 0u) {
    return;
  }
  let slope = bitcast<f32>(rows[row + 1u]);
  let contrast = bitcast<f32>(rows[row + 2u]);
  let index = sample_index(params.first_low, params.first_high, image * params.index_step);
  let key = sample_key(seeds[wid.z * params.seeds_model], STREAM_IMAGE, state[0], index.y);
  let side = f32(max(params.height, params.width));

  for (var w = lane; w < params.waves; w += workgroup_size) {
    let call = (FIRST_WAVE + 6u * w) >> 1u;
    let first = draw_pair(key, index.x, 0u, call);
    let second = draw_pair(key, index.x, 0u, call + 1u);
    let third = draw_pair(key, index.x, 0u, call + 2u);
    let octave = (f32(w) + unit_float(first.x)) * params.octaves / f32(params.waves);
    let frequency = exp2(octave) / side;
    let direction = 0.5 * unit_float(first.y);
    let right = frequency * cos_turn(direction);
    wave[w] = vec3f(right, frequency * sin_turn(direction), unit_float(second.x));
    // Three channels share most of a wave, so that colours drift slowly as they do in photographs.
    let drawn = vec3f(unit_float(second.y), unit_float(third.x), unit_float(third.y));
    amplitude[w] = exp2((1.0 - slope) * octave) * select(vec3f(1.0), 2.0 * drawn - 0.35, params.channels > 1u);
    let steps = right * vec4f(0.0, 1.0, 2.0, 3.0);
    cosines[w] = cos_turn4(steps);
    sines[w] = cos_turn4(steps - 0.25);
    ahead[w] = vec2f(cos_turn(4.0 * right), sin_turn(4.0 * right));
  }
  workgroupBarrier();

  var power = vec3f(0.0);
  for (var w = 0u; w < params.waves; w++) {
    power += amplitude[w] * amplitude[w];
  }
  let gain = contrast * inverseSqrt(0.5 * power);
  let plane = params.height * params.width;
  let start = place * params.channels * plane;
  let runs = (params.width + 7u) / 8u;
  let centre = 0.5 * vec2f(f32(params.width) - 1.0, f32(params.height) - 1.0);

  for (var run = (number % params.slices) * workgroup_size + lane; run < runs * params.height; run += workgroup_size * params.slices) {
    let left = 8u * (run % runs);
    let line = run / runs;
    let at = vec2f(f32(left), f32(line)) - centre;
    var red = array<vec4f, 2>();
    var green = array<vec4f, 2>();
    var blue = array<vec4f, 2>();
    for (var w = 0u; w < params.waves; w++) {
      let step = wave[w];
      let turns = step.x * at.x + step.y * at.y + step.z;
      let near = vec2f(cos_turn(turns), sin_turn(turns));
      let far = vec2f(near.x * ahead[w].x - near.y * ahead[w].y, near.y * ahead[w].x + near.x * ahead[w].y);
      let left_half = near.x * cosines[w] - near.y * sines[w];
      let right_half = far.x * cosines[w] - far.y * sines[w];
      let share = amplitude[w];
      red[0] += share.x * left_half;
      red[1] += share.x * right_half;
      if (params.channels > 1u) {
        green[0] += share.y * left_half;
        green[1] += share.y * right_half;
        blue[0] += share.z * left_half;
        blue[1] += share.z * right_half;
      }
    }
    for (var c = 0u; c < params.channels; c++) {
      var sum = red;
      if (c == 1u) { sum = green; }
      if (c == 2u) { sum = blue; }
      let first = start + c * plane + line * params.width + left;
      for (var half = 0u; half < 2u; half++) {
        // A sum of many waves is nearly normal; squashing it keeps it within the range without flat spots.
        let z = gain[c] * sum[half];
        let value = 0.5 + 0.5 * z * inverseSqrt(1.0 + z * z);
        for (var i = 0u; i < 4u && left + 4u * half + i < params.width; i++) {
          x[first + 4u * half + i] = value[i];
        }
      }
    }
  }
}
