// Family `garments`: a piece of clothing as seen in a catalogue, x [M,batch,C,H,W] f32 in [0,1], light on black; 28 units span the shorter side.
// Parts are painted in order by their signed distances: value ← mix(value, tone·pattern·folds·edge shade, clamp(½ − d, 0, 1)), a hole paints 0.
// Outlines are polygons flattened from quadratic curves about jittered control points, fitted into a box; d is the distance in pixels / softness.
// A workgroup owns one of `slices` parts of an image (z = model): its invocations share the vertices, then each owns every n-th pixel.
// Libraries: random/threefry, random/pcg, sample/turn. Tables and parameters: packages/datagen/src/families/garments.

override workgroup_size = 64u;

struct Params {
  batch: u32, channels: u32, height: u32, width: u32, slices: u32, row_stride: u32,
  first_low: u32, first_high: u32, index_step: u32, seeds_model: u32, first_call: u32, corners: u32, box: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> seeds: array<u32>;
@group(0) @binding(3) var<storage, read> rows: array<u32>;
@group(0) @binding(4) var<storage, read> garments: array<u32>;
@group(0) @binding(5) var<storage, read> points: array<f32>;
@group(0) @binding(6) var<storage, read_write> x: array<f32>;

const MAX_POINTS = 64u;
const MAX_VERTICES = 192u;
const MAX_PARTS = 16u;
const HOLE = 1u;
const LINE = 2u;
const TURN = 6.28318530717959;

var<workgroup> control: array<vec2f, MAX_POINTS>;
var<workgroup> vertices: array<vec2f, MAX_VERTICES>;
// (left, top, right, bottom) of each part, in pixels.
var<workgroup> bounds: array<vec4f, MAX_PARTS>;

fn parameter(row: u32, number: u32) -> f32 {
  return bitcast<f32>(rows[row + number]);
}

// Value noise on [−1, 1]: hashed values of a square lattice, blended smoothly between its points. The four corners are counted by a parameter, as
// lavapipe would unroll a constant loop and take seconds to compile.
fn value_noise(at: vec2f, seed: u32) -> f32 {
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

// A wave that reaches 1 in every stripe, as flat as cloth that was dyed; phase in turns.
fn stripes(phase: vec2f) -> vec2f {
  return smoothstep(vec2f(-0.5), vec2f(0.5), vec2f(cos_turn(phase.x), cos_turn(phase.y)));
}

// Distance in pixels from a polygon (negative inside) or from an open line, whose vertices are first .. first + count − 1.
fn outline_distance(pixel: vec2f, first: u32, count: u32, open: bool) -> f32 {
  var nearest = 1e18;
  var inside = false;
  var here = vertices[select(first + count - 1u, first, open)];
  for (var i = select(0u, 1u, open); i < count; i++) {
    let next = vertices[first + i];
    let along = next - here;
    let away = pixel - here;
    let gap = away - along * clamp(dot(away, along) / max(dot(along, along), 1e-12), 0.0, 1.0);
    nearest = min(nearest, dot(gap, gap));
    let crosses = (here.y > pixel.y) != (next.y > pixel.y);
    let left_of = away.x * along.y < away.y * along.x;
    // The edge crosses the pixel's row to its right: the order of the product turns round with the edge's direction.
    inside = inside != (crosses && (left_of == (along.y > 0.0)));
    here = next;
  }
  return select(sqrt(nearest), -sqrt(nearest), inside && !open);
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

  // The cut: the first whose threshold is above the drawn integer.
  let kind = min(rows[row + 1u], 9u);
  var garment = 20u + 6u * garments[2u * kind];
  let last = garment + 6u * (garments[2u * kind + 1u] - 1u);
  while (garment < last && rows[row + 2u] >= garments[garment]) {
    garment += 6u;
  }
  let first_point = garments[garment + 1u];
  let point_count = garments[garment + 2u];
  let parts = garments[garment + 3u];
  let part_count = garments[garment + 4u];
  let vertex_count = garments[garment + 5u];

  let modes = vec3f(parameter(row, 3u), parameter(row, 4u), parameter(row, 5u));
  let rotation = parameter(row, 7u) / TURN;
  let turn = vec2f(cos_turn(rotation), sin_turn(rotation));
  for (var i = lane; i < point_count; i += workgroup_size) {
    let at = 8u * (first_point + i);
    var p = vec2f(points[at], points[at + 1u]);
    p += modes.x * vec2f(points[at + 2u], points[at + 3u]);
    p += modes.y * vec2f(points[at + 4u], points[at + 5u]);
    p += modes.z * vec2f(points[at + 6u], points[at + 7u]);
    // The sum of two 16-bit halves of a word: a triangular distribution on [−1, 1), exact in f32.
    let words = draw_pair(key, index.x, 0u, params.first_call + i);
    p += parameter(row, 8u) * (vec2f((words >> vec2u(16u)) + (words & vec2u(0xffffu))) / 65536.0 - 1.0);
    p.x *= parameter(row, 6u);
    control[i] = vec2f(turn.x * p.x - turn.y * p.y, turn.y * p.x + turn.x * p.y);
  }
  workgroupBarrier();

  // Fit the control points into the box, then flatten.
  var low = control[0];
  var high = low;
  for (var i = 1u; i < point_count; i++) {
    low = min(low, control[i]);
    high = max(high, control[i]);
  }
  let size = vec2f(f32(params.width), f32(params.height));
  let unit = min(size.x, size.y) / 28.0;
  let zoom = unit * params.box * parameter(row, 9u) / max(max(high.x - low.x, high.y - low.y), 1e-3);
  let middle = 0.5 * size + unit * vec2f(parameter(row, 10u), parameter(row, 11u)) - zoom * 0.5 * (low + high);
  let vertex_words = parts + 8u * part_count;
  for (var i = lane; i < vertex_count; i += workgroup_size) {
    let packed = garments[vertex_words + i];
    let b = control[(packed >> 8u) & 0xffu];
    let near = control[packed & 0xffu];
    let far = control[(packed >> 16u) & 0xffu];
    let a = select(0.5 * (near + b), near, (packed & 0x1000000u) != 0u);
    let c = select(0.5 * (far + b), far, (packed & 0x2000000u) != 0u);
    let t = f32(packed >> 26u) / 3.0;
    vertices[i] = zoom * mix(mix(a, b, t), mix(b, c, t), t) + middle;
  }
  workgroupBarrier();
  for (var i = lane; i < part_count; i += workgroup_size) {
    let part = parts + 8u * i;
    let first_vertex = garments[part + 2u];
    var box = vertices[first_vertex].xyxy;
    for (var v = 1u; v < garments[part + 3u]; v++) {
      let vertex = vertices[first_vertex + v];
      box = vec4f(min(box.xy, vertex), max(box.zw, vertex));
    }
    let reach = zoom * bitcast<f32>(garments[part + 6u]) + unit * parameter(row, 12u);
    bounds[i] = box + vec4f(-reach, -reach, reach, reach);
  }
  workgroupBarrier();

  let soft = unit * parameter(row, 12u);
  let brightness = parameter(row, 13u);
  let tone = parameter(row, 14u);
  let shade = parameter(row, 15u);
  let folds = parameter(row, 16u);
  let grain = parameter(row, 17u);
  let seed = rows[row + 18u];
  let pattern = rows[row + 19u];
  let frequency = parameter(row, 20u);
  let strength = parameter(row, 21u);
  let noises = select(2u, 3u, pattern == 8u);
  let plane = params.height * params.width;
  let first = place * params.channels * plane;
  for (var pixel = (number % params.slices) * workgroup_size + lane; pixel < plane; pixel += workgroup_size * params.slices) {
    let at = vec2f(f32(pixel % params.width), f32(pixel / params.width)) + 0.5;
    let grid = at / unit;
    // Cloth: folds are long and upright, grain is the weave; pattern 5 of 0 .. 13 is stripes across, 6 down, 7 checks, 8 a print, the others plain.
    // Three lattices of noise: folds, grain and print; a loop, as three copies of the hash take lavapipe long to compile.
    var noise = vec3f(0.0);
    for (var n = 0u; n < noises; n++) {
      let pitch = select(select(vec2f(1.5 * frequency), vec2f(0.9), n == 1u), vec2f(0.3, 0.1), n == 0u);
      let level = value_noise(grid * pitch, seed + n);
      noise = select(noise, vec3f(level), vec3u(n) == vec3u(0u, 1u, 2u));
    }
    let cloth = 1.0 + folds * noise.x + grain * noise.y;
    let stripe = stripes(grid * frequency);
    var figure = select(0.0, 0.5 * (stripe.x + stripe.y), pattern == 7u);
    figure = select(select(figure, stripe.x, pattern == 6u), stripe.y, pattern == 5u);
    figure = select(figure, smoothstep(-0.2, 0.4, noise.z), pattern == 8u);
    var value = 0.0;
    for (var i = 0u; i < part_count; i++) {
      let bound = bounds[i];
      if (any(at < bound.xy) || any(at > bound.zw)) {
        continue;
      }
      let part = parts + 8u * i;
      let part_kind = garments[part];
      let distance = outline_distance(at, garments[part + 2u], garments[part + 3u], part_kind == LINE) - zoom * bitcast<f32>(garments[part + 6u]);
      let cover = clamp(0.5 - distance / soft, 0.0, 1.0);
      let level = bitcast<f32>(garments[part + 4u]) + tone * bitcast<f32>(garments[part + 5u]);
      let dyed = select(1.0, 1.0 - strength * figure, garments[part + 7u] > 0u);
      // Darker towards the edge over two units, as cloth that curves away.
      let round_off = 1.0 - shade * smoothstep(0.0, 1.0, 1.0 + 0.5 * distance / unit);
      let paint = select(clamp(brightness * level * dyed * cloth * round_off, 0.0, 1.0), 0.0, part_kind == HOLE);
      value = mix(value, paint, cover);
    }
    for (var c = 0u; c < params.channels; c++) {
      let tint = select(1.0, parameter(row, 22u + c), params.channels > 1u);
      x[first + c * plane + pixel] = tint * value;
    }
  }
}
