// Family `gratings`: a cosine wave under a Gaussian window (a Gabor patch), x [M,batch,C,H,W] f32 in [0,1]; 0.5 is the background.
// value = ½ + ½·contrast·cos(2π·frequency·(u·cos θ + v·sin θ) + phase)·exp(−((u−x₀)² + (v−y₀)²)/2σ²), u and v in [−½, ½] of the longer side,
// θ = π·(class + within)/classes. rows holds the parameters in the order of packages/datagen/src/families/gratings/family.ts.
// A workgroup owns one of `slices` parts of an image (z = model), an invocation every (workgroup_size·slices)-th pixel. Library: sample/turn.

override workgroup_size = 64u;

struct Params { batch: u32, channels: u32, height: u32, width: u32, slices: u32, row_stride: u32, classes: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read_write> x: array<f32>;

const TURNS_PER_RADIAN = 0.15915494309189535;

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
  // Angles in turns: half a turn holds all orientations.
  let orientation = 0.5 * (f32(rows[row + 1u]) + bitcast<f32>(rows[row + 2u])) / f32(params.classes);
  let frequency = bitcast<f32>(rows[row + 3u]);
  let phase = bitcast<f32>(rows[row + 4u]) * TURNS_PER_RADIAN;
  let centre = vec2f(bitcast<f32>(rows[row + 5u]), bitcast<f32>(rows[row + 6u]));
  let sigma = bitcast<f32>(rows[row + 7u]);
  let contrast = bitcast<f32>(rows[row + 8u]);
  let wave = frequency * vec2f(cos_turn(orientation), sin_turn(orientation));
  let size = vec2f(f32(params.width), f32(params.height));
  let plane = params.height * params.width;
  let first = place * params.channels * plane;

  for (var pixel = (number % params.slices) * workgroup_size + lane; pixel < plane; pixel += workgroup_size * params.slices) {
    let at = vec2f(f32(pixel % params.width), f32(pixel / params.width));
    let uv = (at + 0.5 - 0.5 * size) / max(size.x, size.y);
    let away = uv - centre;
    let value = 0.5 * contrast * cos_turn(dot(wave, uv) + phase) * exp(-0.5 * dot(away, away) / (sigma * sigma));
    for (var c = 0u; c < params.channels; c++) {
      // One channel is grey; of three, each has its own share of the wave.
      let share = select(1.0, bitcast<f32>(rows[row + 9u + c]), params.channels > 1u);
      x[first + c * plane + pixel] = 0.5 + share * value;
    }
  }
}
