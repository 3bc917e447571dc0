// Family `noise`: lattice noise, x [M,batch,C,H,W] f32 in [0,1]. Octave k has frequency·2^k cells along the longer side, weight persistence^k, its own
// lattice and offset; values are standardised, summed and squashed. table [classes]: basis + 4·folded + 8·single (one octave).
// rows as in packages/datagen/src/families/noise/family.ts. A workgroup owns one of `slices` parts of an image (z = model), an invocation every
// (workgroup_size·slices)-th pixel. Perlin, "Improving noise", 2002; Gustavson's account of simplex noise, 2005; Worley, "A cellular texture basis
// function", 1996. Libraries: random/pcg, random/distributions, sample/turn, sample/tone. Lattice hashes are integers; all bases are continuous.

override workgroup_size = 64u;

struct Params { batch: u32, channels: u32, height: u32, width: u32, slices: u32, row_stride: u32, all_octaves: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> table: array<u32>;
@group(0) @binding(2) var<storage, read> rows: array<u32>;
@group(0) @binding(3) var<storage, read_write> x: array<f32>;

const PERLIN = 0u;
const SIMPLEX = 1u;
const WORLEY = 2u;
// 3 is the distance between the two nearest points, which draws the walls of the cells.
const FOLDED = 4u;
const SINGLE = 8u;

fn hash(cell: vec2i, lattice: u32) -> vec3u {
  return pcg3d(vec3u(bitcast<vec2u>(cell), lattice));
}

// The unit gradient of a lattice point, times the way from that point.
fn ramp(cell: vec2i, lattice: u32, way: vec2f) -> f32 {
  return dot(cos_sin_turn(hash(cell, lattice).x), way);
}

fn perlin(p: vec2f, lattice: u32) -> f32 {
  let corner = floor(p);
  let cell = vec2i(corner);
  let f = p - corner;
  let fade = f * f * f * (f * (f * 6.0 - 15.0) + 10.0);
  let upper = mix(ramp(cell, lattice, f), ramp(cell + vec2i(1, 0), lattice, f - vec2f(1.0, 0.0)), fade.x);
  let lower = mix(ramp(cell + vec2i(0, 1), lattice, f - vec2f(0.0, 1.0)), ramp(cell + vec2i(1, 1), lattice, f - 1.0), fade.x);
  return mix(upper, lower, fade.y);
}

// A corner's ramp under a window that vanishes at distance √½, before the next corner counts.
fn simplex_corner(cell: vec2i, lattice: u32, way: vec2f) -> f32 {
  let window = max(0.5 - dot(way, way), 0.0);
  return window * window * window * window * ramp(cell, lattice, way);
}

fn simplex(p: vec2f, lattice: u32) -> f32 {
  const SKEW = 0.366025404;
  const UNSKEW = 0.211324865;
  let corner = floor(p + (p.x + p.y) * SKEW);
  let a = p - corner + (corner.x + corner.y) * UNSKEW;
  let cell = vec2i(corner);
  let second = select(vec2i(0, 1), vec2i(1, 0), a.x > a.y);
  return simplex_corner(cell, lattice, a) + simplex_corner(cell + second, lattice, a - vec2f(second) + UNSKEW)
    + simplex_corner(cell + vec2i(1, 1), lattice, a - 1.0 + 2.0 * UNSKEW);
}

// Distances to the nearest and the second nearest point, one point a cell.
fn worley(p: vec2f, lattice: u32) -> vec2f {
  let corner = floor(p);
  let cell = vec2i(corner);
  let f = p - corner;
  var nearest = vec2f(8.0);
  for (var j = -1; j <= 1; j++) {
    for (var i = -1; i <= 1; i++) {
      let word = hash(cell + vec2i(i, j), lattice);
      let way = vec2f(f32(i), f32(j)) + vec2f(word.xy >> vec2u(8u)) * 5.9604644775390625e-8 - f;
      let squared = dot(way, way);
      nearest = vec2f(min(nearest.x, squared), min(nearest.y, max(nearest.x, squared)));
    }
  }
  return sqrt(nearest);
}

// A basis with mean 0 and variance 1; the constants are measured over 10^6 points.
fn octave(kind: u32, p: vec2f, lattice: u32) -> f32 {
  let basis = kind & 3u;
  if (basis >= WORLEY) {
    let distances = worley(p, lattice);
    return select((distances.y - distances.x - 0.269) * 4.98, (0.43 - distances.x) * 5.27, basis == WORLEY);
  }
  var value = 0.0;
  if (basis == PERLIN) {
    value = perlin(p, lattice) * 4.65;
  } else {
    value = simplex(p, lattice) * 184.0;
  }
  return select(value, (abs(value) - 0.82) * 1.73, (kind & FOLDED) != 0u);
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
  let kind = table[rows[row + 1u]];
  let octaves = select(rows[row + 2u], 1u, (kind & SINGLE) != 0u && params.all_octaves == 0u);
  let frequency = bitcast<f32>(rows[row + 3u]);
  let turns = bitcast<f32>(rows[row + 4u]);
  let persistence = bitcast<f32>(rows[row + 5u]);
  let seed = rows[row + 6u];
  let contrast = bitcast<f32>(rows[row + 7u]);
  var share = vec3f(contrast);
  if (params.channels > 1u) {
    share = channel_share(contrast, vec3f(bitcast<f32>(rows[row + 8u]), bitcast<f32>(rows[row + 9u]), bitcast<f32>(rows[row + 10u])));
  }
  let shift = vec3f(bitcast<f32>(rows[row + 11u]), bitcast<f32>(rows[row + 12u]), bitcast<f32>(rows[row + 13u]));
  let turn = vec2f(cos_turn(turns), sin_turn(turns));
  let size = vec2f(f32(params.width), f32(params.height));
  let plane = params.height * params.width;
  let first = place * params.channels * plane;

  for (var pixel = (number % params.slices) * workgroup_size + lane; pixel < plane; pixel += workgroup_size * params.slices) {
    let at = vec2f(f32(pixel % params.width), f32(pixel / params.width));
    let uv = (at + 0.5 - 0.5 * size) * (frequency / max(size.x, size.y));
    var p = vec2f(turn.x * uv.x - turn.y * uv.y, turn.y * uv.x + turn.x * uv.y);
    var weight = 1.0;
    var power = 0.0;
    var sum = 0.0;
    for (var k = 0u; k < octaves; k++) {
      let lattice = pcg_hash(seed + k);
      let offset = vec2f(f32(lattice >> 16u), f32(lattice & 0xffffu)) * 1.52587890625e-5;
      sum += weight * octave(kind, p + offset, lattice);
      power += weight * weight;
      weight *= persistence;
      // The next octave: twice as fine, and turned by the angle of a 3-4-5 triangle, so that no two lattices align.
      p = 2.0 * vec2f(0.8 * p.x - 0.6 * p.y, 0.6 * p.x + 0.8 * p.y);
    }
    let z = sum * inverseSqrt(power);
    let value = z * inverseSqrt(1.0 + z * z);
    for (var c = 0u; c < params.channels; c++) {
      x[first + c * plane + pixel] = tone(value, share[c], shift[c]);
    }
  }
}
