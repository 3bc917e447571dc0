// One operation of an augmentation policy, chosen for each image: x [M,batch,C,H,W] f32 in [0,1] = operation(source). rows from first_word on:
// operation (the order of packages/datagen/src/posts/policy/operations.ts), magnitude 0..30, sign 0 or 1; all u32, so that every adapter does the same.
// Operations after Cubuk et al., "RandAugment", 2020. Histograms are of values rounded to 8 bits; sums are of integers, in any order the same.
// One workgroup owns one image (z = model): first the statistics that its operation needs, then the pixels. C <= 4. Library: sample/turn.

override workgroup_size = 64u;

struct Params {
  batch: u32, channels: u32, height: u32, width: u32, row_stride: u32, first_word: u32,
  shear: f32, shift: f32, turns: f32, enhance: f32, least_bits: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read> source: array<f32>;
@group(0) @binding(3) var<storage, read_write> x: array<f32>;

const SHEAR_X = 1u;
const SHEAR_Y = 2u;
const TRANSLATE_X = 3u;
const TRANSLATE_Y = 4u;
const ROTATE = 5u;
const BRIGHTNESS = 6u;
const CONTRAST = 7u;
const SHARPNESS = 8u;
const POSTERIZE = 9u;
const SOLARIZE = 10u;
const AUTOCONTRAST = 11u;
const EQUALIZE = 12u;
const COLOUR = 13u;

var<workgroup> histogram: array<atomic<u32>, 1024>;
var<workgroup> table: array<u32, 1024>;
// 0 where a channel has too few values to be equalised.
var<workgroup> steps: array<u32, 4>;
var<workgroup> grey_sum: atomic<u32>;
// Bits of the largest value, and the complement of those of the smallest, so that both start at 0. Positive floats order as their bits.
var<workgroup> largest: array<atomic<u32>, 4>;
var<workgroup> smallest: array<atomic<u32>, 4>;

fn byte_of(value: f32) -> u32 {
  return u32(floor(clamp(value, 0.0, 1.0) * 255.0 + 0.5));
}

// The grey of the pixel at `at` (in the first plane) as a whole number, 0 .. 255.
fn grey_byte(at: u32, plane: u32) -> u32 {
  if (params.channels == 3u) {
    return (19595u * byte_of(source[at]) + 38470u * byte_of(source[at + plane]) + 7471u * byte_of(source[at + 2u * plane]) + 32768u) >> 16u;
  }
  var sum = 0u;
  for (var c = 0u; c < params.channels; c++) {
    sum += byte_of(source[at + c * plane]);
  }
  return sum / params.channels;
}

// Bilinear, zeros outside.
fn value_at(start: u32, place: vec2f) -> f32 {
  let size = vec2f(f32(params.width), f32(params.height));
  let at = clamp(place, vec2f(-1.0), size);
  let low = floor(at);
  let t = at - low;
  let near = (1.0 - t) * select(vec2f(0.0), vec2f(1.0), (low >= vec2f(0.0)) & (low < size));
  let far = t * select(vec2f(0.0), vec2f(1.0), low + 1.0 < size);
  let a = vec2u(clamp(low, vec2f(0.0), size - 1.0));
  let b = vec2u(clamp(low + 1.0, vec2f(0.0), size - 1.0));
  let upper = start + a.y * params.width;
  let lower = start + b.y * params.width;
  return near.y * (near.x * source[upper + a.x] + far.x * source[upper + b.x])
    + far.y * (near.x * source[lower + a.x] + far.x * source[lower + b.x]);
}

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let image = wid.y * groups.x + wid.x;
  let there = image < params.batch;
  let place = wid.z * params.batch + min(image, params.batch - 1u);
  let word = place * params.row_stride + params.first_word;
  let operation = select(0u, rows[word], there);
  let magnitude = rows[word + 1u];
  let level = f32(magnitude) * (1.0 / 30.0);
  let signed_level = select(level, -level, rows[word + 2u] > 0u);
  let plane = params.height * params.width;
  let first = place * params.channels * plane;

  if (operation == CONTRAST) {
    for (var pixel = lane; pixel < plane; pixel += workgroup_size) {
      atomicAdd(&grey_sum, grey_byte(first + pixel, plane));
    }
  }
  if (operation == AUTOCONTRAST || operation == EQUALIZE) {
    for (var c = 0u; c < params.channels; c++) {
      for (var pixel = lane; pixel < plane; pixel += workgroup_size) {
        let value = source[first + c * plane + pixel];
        if (operation == EQUALIZE) {
          atomicAdd(&histogram[256u * c + byte_of(value)], 1u);
        } else {
          let bits = bitcast<u32>(clamp(value, 0.0, 1.0)) & 0x7fffffffu;
          atomicMax(&largest[c], bits);
          atomicMax(&smallest[c], ~bits);
        }
      }
    }
  }
  workgroupBarrier();
  if (operation == EQUALIZE) {
    for (var c = lane; c < params.channels; c += workgroup_size) {
      var last = 0u;
      for (var i = 0u; i < 256u; i++) {
        let count = atomicLoad(&histogram[256u * c + i]);
        last = select(last, count, count > 0u);
      }
      let step = (plane - last) / 255u;
      steps[c] = step;
      var sum = step / 2u;
      for (var i = 0u; i < 256u && step > 0u; i++) {
        table[256u * c + i] = min(sum / step, 255u);
        sum += atomicLoad(&histogram[256u * c + i]);
      }
    }
  }
  workgroupBarrier();
  if (!there) {
    return;
  }

  let size = vec2f(f32(params.width), f32(params.height));
  let middle = 0.5 * size - 0.5;
  let factor = 1.0 + params.enhance * signed_level;
  let mean = f32(atomicLoad(&grey_sum)) / (255.0 * f32(plane));
  let dropped = (2u * magnitude * (8u - params.least_bits) + 30u) / 60u;
  let threshold = 256u - (512u * magnitude + 30u) / 60u;
  // Where a pixel is seen: seen = middle + (a, b; c, d)·(at − middle) + offset.
  var across = vec2f(1.0, 0.0);
  var down = vec2f(0.0, 1.0);
  var offset = vec2f(0.0);
  switch (operation) {
    case SHEAR_X: { across.y = params.shear * signed_level; }
    case SHEAR_Y: { down.x = params.shear * signed_level; }
    case TRANSLATE_X: { offset.x = params.shift * signed_level * size.x; }
    case TRANSLATE_Y: { offset.y = params.shift * signed_level * size.y; }
    case ROTATE: {
      let angle = params.turns * signed_level;
      across = vec2f(cos_turn(angle), sin_turn(angle));
      down = vec2f(-across.y, across.x);
    }
    default: {}
  }

  for (var pixel = lane; pixel < plane; pixel += workgroup_size) {
    let column = pixel % params.width;
    let line = pixel / params.width;
    let away = vec2f(f32(column), f32(line)) - middle;
    let seen = middle + offset + vec2f(dot(across, away), dot(down, away));
    let inner = column > 0u && line > 0u && column + 1u < params.width && line + 1u < params.height;
    for (var c = 0u; c < params.channels; c++) {
      let at = first + c * plane + pixel;
      var value = source[at];
      switch (operation) {
        case SHEAR_X, SHEAR_Y, TRANSLATE_X, TRANSLATE_Y, ROTATE: { value = value_at(first + c * plane, seen); }
        case BRIGHTNESS: { value = clamp(value * factor, 0.0, 1.0); }
        case CONTRAST: { value = clamp(mean + factor * (value - mean), 0.0, 1.0); }
        case SHARPNESS: {
          if (inner) {
            var sum = 4.0 * value;
            for (var j = 0u; j < 3u; j++) {
              let start = at - 1u + j * params.width - params.width;
              sum += source[start] + source[start + 1u] + source[start + 2u];
            }
            let blurred = sum / 13.0;
            value = clamp(blurred + factor * (value - blurred), 0.0, 1.0);
          }
        }
        case POSTERIZE: {
          if (dropped > 0u) {
            value = f32((byte_of(value) >> dropped) << dropped) / 255.0;
          }
        }
        case SOLARIZE: { value = select(value, 1.0 - value, byte_of(value) >= threshold); }
        case AUTOCONTRAST: {
          let least = bitcast<f32>(~atomicLoad(&smallest[c]));
          let most = bitcast<f32>(atomicLoad(&largest[c]));
          // As in 8 bits: a channel of one value stays as it is.
          if (byte_of(most) > byte_of(least)) {
            value = clamp((value - least) / (most - least), 0.0, 1.0);
          }
        }
        case EQUALIZE: {
          if (steps[c] > 0u) {
            value = f32(table[256u * c + byte_of(value)]) / 255.0;
          }
        }
        case COLOUR: {
          let start = first + pixel;
          let grey = 0.299 * source[start] + 0.587 * source[start + plane] + 0.114 * source[start + 2u * plane];
          value = clamp(grey + factor * (value - grey), 0.0, 1.0);
        }
        default: {}
      }
      x[at] = value;
    }
  }
}
