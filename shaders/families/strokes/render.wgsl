// Family `strokes`: a handwritten digit as quadratic Bézier strokes, x [M,batch,C,H,W] f32 in [0,1], white on black; 28 units span the shorter side.
// value = ink·smoothstep(½ + (r(t) − |pixel − curve(t)|)/softness), the largest over the strokes; control points = template + modes + jitter, then
// aspect, slant, rotation, warp, and MNIST's normalisation (longer side to 20 units, centre of mass in the middle).
// A workgroup owns one of `slices` parts of an image (z = model): its invocations share the control points, then each owns blocks of 4×4 pixels.
// Libraries: random/threefry, random/pcg, sample/turn. Tables and parameters: packages/datagen/src/families/strokes. Source of the normalisation: LeCun et al., 1998.

override workgroup_size = 64u;

struct Params {
  batch: u32, channels: u32, height: u32, width: u32, slices: u32, row_stride: u32,
  first_low: u32, first_high: u32, index_step: u32, seeds_model: u32, first_call: u32, box: f32, pieces: u32, corners: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> seeds: array<u32>;
@group(0) @binding(3) var<storage, read> rows: array<u32>;
@group(0) @binding(4) var<storage, read> glyphs: array<u32>;
@group(0) @binding(5) var<storage, read> points: array<f32>;
@group(0) @binding(6) var<storage, read_write> x: array<f32>;

const MAX_POINTS = 24u;
const MAX_CURVES = 32u;
// Lattice of the noise in 28ths of the side.
const NOISE_CELL = 1.3;
const TURN = 6.28318530717959;

// (x, y, half width relative to the mean) of the control points; then per curve its three, in pixels.
var<workgroup> control: array<vec3f, MAX_POINTS>;
var<workgroup> curves: array<vec3f, 3u * MAX_CURVES>;

fn parameter(row: u32, number: u32) -> f32 {
  return bitcast<f32>(rows[row + number]);
}

// One end of a curve: the control point itself where the stroke ends or turns sharply, else the middle between neighbours.
fn end_of(near: vec3f, inner: vec3f, is_corner: bool) -> vec3f {
  return select(0.5 * (near + inner), near, is_corner);
}

// Corner `piece` (0 .. params.pieces) of the flattened curve a, b, c: with tension the curve is cut short and reached by straight lines, 1 gives a corner at b.
fn node(a: vec3f, b: vec3f, c: vec3f, tension: f32, piece: u32) -> vec3f {
  let t = f32(piece - 1u) / f32(params.pieces - 2u);
  let between = mix(mix(mix(a, b, tension), b, t), mix(b, mix(c, b, tension), t), t);
  return select(select(between, c, piece == params.pieces), a, piece == 0u);
}

// Signed distance from a pixel to the thick curve a, b, c (negative inside), flattened into straight pieces.
// Their number is a parameter, not a constant: unrolled, the loop takes lavapipe seconds to compile.
fn thick_distance(pixel: vec2f, a: vec3f, b: vec3f, c: vec3f, tension: f32) -> f32 {
  var nearest = 1e9;
  var here = a;
  for (var piece = 1u; piece <= params.pieces; piece++) {
    let next = node(a, b, c, tension, piece);
    let along = next - here;
    let away = pixel - here.xy;
    let share = clamp(dot(away, along.xy) / max(dot(along.xy, along.xy), 1e-12), 0.0, 1.0);
    nearest = min(nearest, length(away - share * along.xy) - (here.z + share * along.z));
    here = next;
  }
  return nearest;
}

// Value noise on [−1, 1]: hashed values of a square lattice, blended smoothly between its points; params.corners is 4.
fn paper_noise(at: vec2f, seed: u32) -> f32 {
  let cell = vec2u(at);
  let share = smoothstep(vec2f(0.0), vec2f(1.0), at - vec2f(cell));
  var sum = 0.0;
  for (var corner = 0u; corner < params.corners; corner++) {
    let step = vec2u(corner & 1u, corner >> 1u);
    let weight = mix(1.0 - share, share, vec2f(step));
    sum += weight.x * weight.y * unit_float(pcg3d(vec3u(cell + step, seed)).x);
  }
  return 2.0 * sum - 1.0;
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
  let key = sample_key(seeds[wid.z * params.seeds_model], STREAM_IMAGE, state[0], index.y);

  // The way of writing: the first whose threshold is above the drawn integer.
  let digit = min(rows[row + 1u], 9u);
  var glyph = 20u + 6u * glyphs[2u * digit];
  let last = glyph + 6u * (glyphs[2u * digit + 1u] - 1u);
  while (glyph < last && rows[row + 2u] >= glyphs[glyph]) {
    glyph += 6u;
  }
  let first_point = glyphs[glyph + 1u];
  let point_count = glyphs[glyph + 2u];
  let first_curve = glyphs[glyph + 3u];
  let curve_count = glyphs[glyph + 4u];

  let modes = vec3f(parameter(row, 3u), parameter(row, 4u), parameter(row, 5u));
  let slant = parameter(row, 6u);
  let aspect = parameter(row, 7u);
  let rotation = parameter(row, 8u) / TURN;
  let turn = vec2f(cos_turn(rotation), sin_turn(rotation));
  let half_width = 0.5 * bitcast<f32>(glyphs[glyph + 5u]) * parameter(row, 9u);
  let softness = parameter(row, 10u);
  let pressure = parameter(row, 11u);
  let jitter = parameter(row, 12u);
  let warp = parameter(row, 13u);
  let balance = parameter(row, 24u);
  let taper = parameter(row, 25u);
  let tension = parameter(row, 28u);
  for (var i = lane; i < point_count; i += workgroup_size) {
    let at = 8u * (first_point + i);
    var p = vec2f(points[at], points[at + 1u]);
    p += modes.x * vec2f(points[at + 2u], points[at + 3u]);
    p += modes.y * vec2f(points[at + 4u], points[at + 5u]);
    p += modes.z * vec2f(points[at + 6u], points[at + 7u]);
    // The sum of two 16-bit halves of a word: a triangular distribution on [−1, 1), exact in f32.
    let words = draw_pair(key, index.x, 0u, params.first_call + i);
    p += jitter * (vec2f((words >> vec2u(16u)) + (words & vec2u(0xffffu))) / 65536.0 - 1.0);
    p = vec2f(aspect * p.x * (1.0 + taper * p.y), p.y + balance * (p.y * p.y - 0.25));
    p.x -= slant * p.y;
    p = vec2f(turn.x * p.x - turn.y * p.y, turn.y * p.x + turn.x * p.y);
    let waves = 4.0 / TURN * p.yx + 0.5 * vec2f(parameter(row, 14u), parameter(row, 15u));
    p += warp * vec2f(sin_turn(waves.x), sin_turn(waves.y));
    control[i] = vec3f(p, 1.0 + pressure * cos_turn(0.5 * parameter(row, 16u) + 1.2 / TURN * f32(i)));
  }
  workgroupBarrier();

  // Bounding box and centre of mass of the inked line; each invocation adds them up in the same order.
  var low = vec2f(1e9);
  var high = vec2f(-1e9);
  var moment = vec2f(0.0);
  var mass = 0.0;
  for (var k = 0u; k < curve_count; k++) {
    let packed = glyphs[first_curve + k];
    let b = control[(packed >> 8u) & 0xffu];
    let a = end_of(control[packed & 0xffu], b, (packed & 0x1000000u) != 0u);
    let c = end_of(control[(packed >> 16u) & 0xffu], b, (packed & 0x2000000u) != 0u);
    var here = a;
    for (var piece = 1u; piece <= params.pieces; piece++) {
      let next = node(a, b, c, tension, piece);
      low = min(low, min(here.xy, next.xy));
      high = max(high, max(here.xy, next.xy));
      let ink = length(next.xy - here.xy) * (here.z + next.z);
      moment += ink * 0.5 * (here.xy + next.xy);
      mass += ink;
      here = next;
    }
  }
  let size = vec2f(f32(params.width), f32(params.height));
  let unit = min(size.x, size.y) / 28.0;
  let extent = max(max(high.x - low.x, high.y - low.y), 1e-3);
  let zoom = unit * parameter(row, 19u) * (params.box - 2.0 * half_width - 0.5 * softness) / extent;
  // MNIST's centre of mass is pixel (14, 14), whose middle lies half a unit beyond that of the image.
  let middle = 0.5 * size + unit * vec2f(0.5) + unit * vec2f(parameter(row, 17u), parameter(row, 18u)) - zoom * moment / max(mass, 1e-6);
  for (var k = lane; k < curve_count; k += workgroup_size) {
    let packed = glyphs[first_curve + k];
    let b = control[(packed >> 8u) & 0xffu];
    let a = end_of(control[packed & 0xffu], b, (packed & 0x1000000u) != 0u);
    let c = end_of(control[(packed >> 16u) & 0xffu], b, (packed & 0x2000000u) != 0u);
    let factor = vec3f(zoom, zoom, unit * half_width);
    curves[3u * k] = factor * a + vec3f(middle, 0.0);
    curves[3u * k + 1u] = factor * b + vec3f(middle, 0.0);
    curves[3u * k + 2u] = factor * c + vec3f(middle, 0.0);
  }
  workgroupBarrier();

  let soft = unit * softness;
  let roughness = parameter(row, 26u);
  let plane = params.height * params.width;
  let first = place * params.channels * plane;
  let blocks_x = (params.width + 3u) / 4u;
  let blocks = blocks_x * ((params.height + 3u) / 4u);
  for (var block = (number % params.slices) * workgroup_size + lane; block < blocks; block += workgroup_size * params.slices) {
    let corner = vec2u(4u * (block % blocks_x), 4u * (block / blocks_x));
    // Which curves can reach the block: a curve stays within the hull of its control points.
    let centre = vec2f(corner) + 2.0;
    var reach = 0u;
    for (var k = 0u; k < curve_count; k++) {
      let a = curves[3u * k];
      let b = curves[3u * k + 1u];
      let c = curves[3u * k + 2u];
      let margin = 1.51 + 0.5 * soft + unit * roughness + max(a.z, max(b.z, c.z));
      let near = min(a.xy, min(b.xy, c.xy)) - margin;
      let far = max(a.xy, max(b.xy, c.xy)) + margin;
      if (all(centre > near) && all(centre < far)) {
        reach |= 1u << k;
      }
    }
    let across = min(params.width, corner.x + 4u);
    let down = min(params.height, corner.y + 4u);
    for (var j = corner.y; j < down; j++) {
      for (var i = corner.x; i < across; i++) {
        var distance = 1e9;
        for (var left = reach; left != 0u; left &= left - 1u) {
          let k = 3u * countTrailingZeros(left);
          distance = min(distance, thick_distance(vec2f(f32(i), f32(j)) + 0.5, curves[k], curves[k + 1u], curves[k + 2u], tension));
        }
        if (reach != 0u) {
          distance += unit * roughness * paper_noise((vec2f(f32(i), f32(j)) + 0.5) / (NOISE_CELL * unit), rows[row + 27u]);
        }
        let value = parameter(row, 20u) * smoothstep(0.0, 1.0, 0.5 - distance / soft);
        for (var c = 0u; c < params.channels; c++) {
          let tint = select(1.0, parameter(row, 21u + c), params.channels > 1u);
          x[first + c * plane + j * params.width + i] = tint * value;
        }
      }
    }
  }
}
