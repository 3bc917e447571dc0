// Family `programs`: a small shader per class, interpreted; x [M,batch,C,H,W] f32 in [0,1]. A program moves a point of [-1,1]² by warps and joins what it
// meets there into a sum a channel, which bias and gain standardise. table: 8 words a program (bias and gain, vec4f), 12 an instruction: op, mode, a, b, c, d,
// speed, 0, three weights, 0; a sample jitters a, b, d and adds time·speed to c. Ops, all continuous: packages/datagen/src/families/programs/ops.ts. A workgroup
// owns one of `slices` parts of an image (z = model): lanes prepare instructions, then own runs of 4 pixels. Libraries: random/pcg, sample/turn, sample/tone.
// After Baradad et al., "Procedural image programs for representation learning", 2022.

override workgroup_size = 64u;

struct Params { batch: u32, channels: u32, height: u32, width: u32, slices: u32, row_stride: u32, instructions: u32, jitter: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> table: array<u32>;
@group(0) @binding(2) var<storage, read> rows: array<u32>;
@group(0) @binding(3) var<storage, read_write> x: array<f32>;

const MAX_INSTRUCTIONS = 16u;
const FIRST_VALUE = 8u;

// Op and mode; a, b, c, d; weights.
var<workgroup> codes: array<vec2u, MAX_INSTRUCTIONS>;
var<workgroup> constants: array<vec4f, MAX_INSTRUCTIONS>;
var<workgroup> weights: array<vec4f, MAX_INSTRUCTIONS>;

// Four points.
struct Points { x: vec4f, y: vec4f }

fn squash(z: vec4f) -> vec4f {
  return z * inverseSqrt(1.0 + z * z);
}

// A point turned by its own angle.
fn turned(p: Points, turns: vec4f) -> Points {
  let c = cos_turn4(turns);
  let s = cos_turn4(turns - 0.25);
  return Points(c * p.x - s * p.y, s * p.x + c * p.y);
}

fn warp(op: u32, k: vec4f, p: Points) -> Points {
  let squared = p.x * p.x + p.y * p.y;
  switch op {
    case 0u: {
      let q = turned(p, vec4f(k.x));
      return Points(k.y * q.x + k.z, k.y * q.y + k.w);
    }
    case 1u: {
      return Points(p.x + k.x * cos_turn4(k.y * p.y + k.z), p.y + k.x * cos_turn4(k.w * p.x + k.z));
    }
    case 2u: {
      return turned(p, k.x / (1.0 + k.y * squared));
    }
    case 3u: {
      return Points(abs(p.x) - k.x, abs(p.y) - k.y);
    }
    case 4u: {
      let u = k.y * p.x + k.z;
      let v = k.y * p.y + k.z;
      return Points(4.0 * abs(u - round(u)) - 1.0, 4.0 * abs(v - round(v)) - 1.0);
    }
    case 5u: {
      let scale = 1.0 / (sqrt(squared) + k.x);
      return Points((p.x * p.x - p.y * p.y) * scale, 2.0 * p.x * p.y * scale);
    }
    case 6u: {
      let scale = (1.0 + k.x) / (k.x + squared);
      return Points(p.x * scale, p.y * scale);
    }
    default: {
      let scale = 1.0 / (1.0 + k.x * abs(p.y + k.y));
      return Points(p.x * scale, p.y * scale);
    }
  }
}

fn measure(op: u32, k: vec4f, p: Points) -> vec4f {
  let squared = p.x * p.x + p.y * p.y;
  switch op {
    case 8u: {
      return cos_turn4(k.y * p.x + k.w * p.y + k.z);
    }
    case 9u: {
      return cos_turn4(k.y * sqrt(squared) + k.z);
    }
    case 10u: {
      return cos_turn4(k.y * p.x + k.z) * cos_turn4(k.w * p.y + k.z);
    }
    case 11u: {
      let q = k.y * squared;
      return 2.0 / (1.0 + q * q) - 1.0;
    }
    case 12u: {
      return squash(k.y * (k.x - max(abs(p.x), abs(p.y))));
    }
    default: {
      let across = 1.7 * k.y * (0.6 * p.x + 0.8 * p.y);
      let along = 2.3 * k.y * (0.8 * p.x - 0.6 * p.y);
      return 0.6 * (cos_turn4(k.y * p.x + k.z) + cos_turn4(across - k.z) + cos_turn4(along + k.w));
    }
  }
}

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
  let program = rows[row + 1u] * (8u + 12u * params.instructions);
  let seed = rows[row + 2u];
  let time = bitcast<f32>(rows[row + 3u]);

  for (var i = lane; i < params.instructions; i += workgroup_size) {
    let at = program + 8u + 12u * i;
    codes[i] = vec2u(table[at], table[at + 1u]);
    let word = pcg3d(vec3u(seed, i, 0u)) >> vec3u(8u);
    let jitter = 1.0 + params.jitter * (vec3f(word) * 1.1920928955078125e-7 - 1.0);
    let a = bitcast<f32>(table[at + 2u]) * jitter.x;
    let b = bitcast<f32>(table[at + 3u]) * jitter.y;
    let c = bitcast<f32>(table[at + 4u]) + time * bitcast<f32>(table[at + 6u]);
    constants[i] = vec4f(a, b, c, bitcast<f32>(table[at + 5u]) * jitter.z);
    weights[i] = vec4f(bitcast<f32>(table[at + 8u]), bitcast<f32>(table[at + 9u]), bitcast<f32>(table[at + 10u]), 0.0);
  }
  workgroupBarrier();

  let zoom = bitcast<f32>(rows[row + 4u]);
  let turns = bitcast<f32>(rows[row + 5u]);
  let centre = vec2f(bitcast<f32>(rows[row + 6u]), bitcast<f32>(rows[row + 7u]));
  let contrast = bitcast<f32>(rows[row + 8u]);
  let brightness = bitcast<f32>(rows[row + 9u]);
  let right = zoom * vec2f(cos_turn(turns), sin_turn(turns)) * (2.0 / f32(max(params.height, params.width)));
  let plane = params.height * params.width;
  let start = place * params.channels * plane;
  let runs = (params.width + 3u) / 4u;

  for (var run = (number % params.slices) * workgroup_size + lane; run < runs * params.height; run += workgroup_size * params.slices) {
    let line = run / runs;
    let left = 4u * (run - line * runs);
    let u = f32(left) + vec4f(0.5, 1.5, 2.5, 3.5) - 0.5 * f32(params.width);
    let v = f32(line) + 0.5 - 0.5 * f32(params.height);
    var p = Points(right.x * u - right.y * v + centre.x, right.y * u + right.x * v + centre.y);
    var red = vec4f(0.0);
    var green = vec4f(0.0);
    var blue = vec4f(0.0);
    for (var i = 0u; i < params.instructions; i++) {
      let code = codes[i];
      let k = constants[i];
      if (code.x < FIRST_VALUE) {
        p = warp(code.x, k, p);
        continue;
      }
      let value = measure(code.x, k, p);
      let weight = weights[i];
      switch code.y {
        case 0u: {
          red += weight.x * value;
          green += weight.y * value;
          blue += weight.z * value;
        }
        case 1u: {
          red *= 1.0 + weight.x * value;
          green *= 1.0 + weight.y * value;
          blue *= 1.0 + weight.z * value;
        }
        case 2u: {
          red = max(red, weight.x * value);
          green = max(green, weight.y * value);
          blue = max(blue, weight.z * value);
        }
        default: {
          p = Points(p.x + 0.3 * weight.x * value, p.y + 0.3 * weight.y * value);
        }
      }
    }
    for (var c = 0u; c < params.channels; c++) {
      var sum = red;
      if (c == 1u) { sum = green; }
      if (c == 2u) { sum = blue; }
      let value = squash((sum - bitcast<f32>(table[program + c])) * bitcast<f32>(table[program + 4u + c]));
      let first = start + c * plane + line * params.width + left;
      for (var i = 0u; left + i < params.width && i < 4u; i++) {
        x[first + i] = tone(value[i], contrast, brightness);
      }
    }
  }
}
