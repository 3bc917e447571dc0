// Family `contours`: closed lines around a nucleus, x [M,batch,C,H,W] f32 in [0,1]. In the image's own frame (moved, turned, stretched) orbit k has
// r(θ) = radius·(inner + k·spacing + noise·n(k, θ) - ½·Σ aᵢ·sin(nᵢ·θ))·chord(θ); n runs linearly between the `vertices` corners and chord makes their
// joints straight. systems: 8 words a class: orbits, vertices, n₁, n₂, a₁, a₂, noise, inner. rows as packages/datagen/src/families/contours/family.ts lists.
// A workgroup owns one of `slices` parts of an image (z = model), an invocation every (workgroup_size·slices)-th pixel.
// Libraries: random/threefry, random/distributions, random/pcg, families/ifs/hsv. Source: Takashima et al., "Visual atoms", CVPR 2023.

override workgroup_size = 64u;

struct Params {
  batch: u32, channels: u32, height: u32, width: u32, slices: u32, row_stride: u32, first_low: u32, first_high: u32, index_step: u32, seeds_model: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> seeds: array<u32>;
@group(0) @binding(3) var<storage, read> rows: array<u32>;
@group(0) @binding(4) var<storage, read> systems: array<u32>;
@group(0) @binding(5) var<storage, read_write> x: array<f32>;

const TAU = 6.28318530717959;

// The angle of a unit vector in turns, [0, 1]; WGSL promises atan2 to 4096 ulp only. Minimax fit, error 6e-9.
fn turn_of(unit: vec2f) -> f32 {
  let size = abs(unit);
  let ratio = min(size.x, size.y) / max(size.x, size.y);
  let z = ratio * ratio;
  var p = -6.452952511608601e-4 * z + 3.4795620013028383e-3;
  p = p * z - 8.898667059838772e-3;
  p = p * z + 1.5345987863838673e-2;
  p = p * z - 2.2136250510811806e-2;
  p = p * z + 3.174594044685364e-2;
  p = p * z - 5.304612219333649e-2;
  var turn = ratio * (p * z + 0.15915483236312866);
  turn = select(turn, 0.25 - turn, size.y > size.x);
  turn = select(turn, 0.5 - turn, unit.x < 0.0);
  return select(turn, 1.0 - turn, unit.y < 0.0);
}

// (cosine, sine) of n times the angle whose cosine and sine are given, n < 32: powers of a complex number, without a trigonometric function.
fn multiple_angle(unit: vec2f, n: u32) -> vec2f {
  var power = unit;
  var result = vec2f(1.0, 0.0);
  for (var bit = 0u; bit < 5u; bit++) {
    let times = vec2f(result.x * power.x - result.y * power.y, result.x * power.y + result.y * power.x);
    result = select(result, times, ((n >> bit) & 1u) == 1u);
    power = vec2f(power.x * power.x - power.y * power.y, 2.0 * power.x * power.y);
  }
  return result;
}

// Cosine and sine for |angle| <= π/3, error 1e-8.
fn small_cos_sin(angle: f32) -> vec2f {
  let z = angle * angle;
  let cosine = ((((-2.7557319e-7 * z + 2.4801587e-5) * z - 1.3888889e-3) * z + 4.1666667e-2) * z - 0.5) * z + 1.0;
  let sine = (((2.7557319e-6 * z - 1.9841270e-4) * z + 8.3333333e-3) * z - 0.16666667) * z + 1.0;
  return vec2f(cosine, angle * sine);
}

// Uniform in [-1, 1): how far corner `vertex` of orbit `orbit` is out.
fn corner_noise(word: u32, orbit: u32, vertex: u32) -> f32 {
  return f32(pcg_hash(word + orbit * 1024u + vertex) >> 8u) * 1.1920928955078125e-7 - 1.0;
}

fn paint(hue: f32, saturation: f32, value: f32) -> vec3f {
  return select(hsv(hue, saturation, value), vec3f(value), params.channels == 1u);
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
  let index = sample_index(params.first_low, params.first_high, image * params.index_step);
  let word = draw_word(sample_key(seeds[wid.z * params.seeds_model], STREAM_IMAGE, state[0], index.y), index.x, 0u, 12u);

  let system = 8u * rows[row + 1u];
  let orbits = systems[system];
  let vertices = systems[system + 1u];
  let frequencies = vec2u(systems[system + 2u], systems[system + 3u]);
  let amplitudes = 0.5 * vec2f(bitcast<f32>(systems[system + 4u]), bitcast<f32>(systems[system + 5u]));
  let noise = bitcast<f32>(systems[system + 6u]);
  let inner = bitcast<f32>(systems[system + 7u]);
  // Mean radii run from inner to what leaves room for waves and noise within 1.
  let outer = 1.0 - amplitudes.x - amplitudes.y - noise;
  let spacing = (outer - inner) / f32(max(orbits, 2u) - 1u);
  let most = f32(orbits - 1u);
  let half_sector = 0.5 * TAU / f32(vertices);
  let joint = small_cos_sin(half_sector).x;

  let side = f32(min(params.height, params.width));
  let centre = 0.5 * vec2f(f32(params.width), f32(params.height)) + side * vec2f(bitcast<f32>(rows[row + 2u]), bitcast<f32>(rows[row + 3u]));
  let radius = side * bitcast<f32>(rows[row + 4u]);
  let axes = cos_sin_turn(u32(i32(bitcast<f32>(rows[row + 5u]) * 16777216.0)) << 8u);
  let stretch = sqrt(bitcast<f32>(rows[row + 6u]));
  // Half the line and half a pixel, over which its edge fades.
  let reach = 0.5 * max(1.0, side * bitcast<f32>(rows[row + 7u])) + 0.5;
  let value = bitcast<f32>(rows[row + 8u]);
  let fade = bitcast<f32>(rows[row + 9u]);
  let ground = bitcast<f32>(rows[row + 10u]);
  let hue = bitcast<f32>(rows[row + 11u]);
  let hue_step = bitcast<f32>(rows[row + 12u]);
  let saturation = bitcast<f32>(rows[row + 13u]);

  let plane = params.height * params.width;
  let first = place * params.channels * plane;
  for (var pixel = (number % params.slices) * workgroup_size + lane; pixel < plane; pixel += workgroup_size * params.slices) {
    let away = vec2f(f32(pixel % params.width), f32(pixel / params.width)) + 0.5 - centre;
    let own = vec2f(axes.x * away.x + axes.y * away.y, axes.x * away.y - axes.y * away.x) * vec2f(1.0 / stretch, stretch);
    let distance = max(length(own), 1e-3);
    let unit = select(vec2f(1.0, 0.0), own / distance, distance > 1e-3);

    let corner = turn_of(unit) * f32(vertices);
    let part = corner - floor(corner);
    let before = u32(corner) % vertices;
    let after = (before + 1u) % vertices;
    let bend = small_cos_sin((2.0 * part - 1.0) * half_sector);
    let chord = joint / bend.x;
    let first_wave = multiple_angle(unit, frequencies.x);
    let second_wave = multiple_angle(unit, frequencies.y);
    let wave = amplitudes.x * first_wave.y + amplitudes.y * second_wave.y;

    // How much longer a piece of the line is than the arc below it: what is seen of a radial distance shrinks by as much.
    let rise = amplitudes.x * f32(frequencies.x) * first_wave.x + amplitudes.y * f32(frequencies.y) * second_wave.x;
    let steepness = bend.y / bend.x - chord * rise * radius / max(distance, 0.5 * inner * radius);
    let slope = sqrt(1.0 + steepness * steepness);

    // Orbits that may cover the pixel, by their mean radius; one more on each side, so that rounding decides nothing.
    let level = distance / (radius * chord) + wave - inner;
    let width = reach * slope / (radius * chord) + noise;
    let low = u32(clamp(floor((level - width) / spacing), 0.0, most));
    let high = u32(clamp(ceil((level + width) / spacing), 0.0, most));
    var colour = paint(hue + 0.5, 0.5 * saturation, ground);
    for (var k = low; k <= high; k++) {
      let bump = noise * mix(corner_noise(word, k, before), corner_noise(word, k, after), part);
      let line = radius * chord * (inner + f32(k) * spacing + bump - wave);
      let cover = clamp(reach - abs(distance - line) / slope, 0.0, 1.0);
      let position = f32(k) / max(most, 1.0) - 0.5;
      colour = mix(colour, paint(hue + hue_step * f32(k), saturation, value + fade * position), cover);
    }
    for (var c = 0u; c < params.channels; c++) {
      x[first + c * plane + pixel] = colour[c];
    }
  }
}
