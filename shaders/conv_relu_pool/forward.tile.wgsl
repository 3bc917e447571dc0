// conv_relu_pool forward for GPUs; what it computes and the shapes are in forward.naive.wgsl.
// A workgroup owns 8×8 pool windows of an image and eight output channels, one word of tap; an invocation one window and four channels:
// 16 sums in registers. Slabs of four input channels, with a halo of one pixel, and their weights go through workgroup memory.

struct Params { n: u32, c: u32, h: u32, w: u32, k: u32, x_model: u32, w_model: u32, b_model: u32, y_model: u32, tap_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> tap: array<u32>;

const SIDE = 8u;
const LANES = 128u;
const SLAB = 4u;
// Rows of x and pairs of columns that 8×8 windows read. From row to row twelve pairs: two rows of windows then fall into different banks.
const TALL = 18u;
const WIDE = 9u;
const PITCH = 12u;
var<workgroup> pixels: array<vec2f, SLAB * TALL * PITCH>;
// Four output channels an element: [two quads, SLAB, 3, 3].
var<workgroup> weights: array<vec4f, 2u * SLAB * 9u>;
var<workgroup> winners: array<u32, SIDE * SIDE>;

fn weight_at(m: u32, k: u32, tap_at: u32) -> f32 {
  if (k >= params.k) { return 0.0; }
  return w[m * params.w_model + k * params.c * 9u + tap_at];
}

fn bias_at(m: u32, k: u32) -> f32 {
  if (k >= params.k) { return 0.0; }
  return b[m * params.b_model + k];
}

// Stores one channel's y and returns its bits of tap: 0 past the last channel.
fn store_one(at: u32, size: u32, k: u32, value: f32, winner: u32) -> u32 {
  if (k >= params.k) { return 0u; }
  y[at + k * size] = value;
  return winner << (4u * (k % 8u));
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let m = wid.z;
  let rows = g.h / 2u;
  let columns = g.w / 2u;
  let across = (columns + SIDE - 1u) / SIDE;
  let down = (rows + SIDE - 1u) / SIDE;
  let words = (g.k + 7u) / 8u;
  let group = wid.y * count.x + wid.x;
  let word = group % words;
  let first_column = group / words % across * SIDE;
  let first_row = group / (words * across) % down * SIDE;
  let n = group / (words * across * down);
  if (n >= g.n) { return; }
  let quad = lid / (SIDE * SIDE);
  let i = lid / SIDE % SIDE;
  let j = lid % SIDE;
  var a0 = vec4f();
  var a1 = vec4f();
  var a2 = vec4f();
  var a3 = vec4f();

  for (var first = 0u; first < g.c; first += SLAB) {
    let channels = min(SLAB, g.c - first);
    for (var e = lid; e < channels * TALL * WIDE; e += LANES) {
      let c = e / (TALL * WIDE);
      let tile_row = e / WIDE % TALL;
      // Both are one past the pixel's place in the image, which the halo lets begin at −1.
      let row = 2u * first_row + tile_row;
      let column = 2u * (first_column + e % WIDE);
      var pair = vec2f();
      if (row >= 1u && row <= g.h) {
        let start = m * g.x_model + ((n * g.c + first + c) * g.h + row - 1u) * g.w;
        if (column >= 1u && column <= g.w) { pair.x = x[start + column - 1u]; }
        if (column < g.w) { pair.y = x[start + column]; }
      }
      pixels[(c * TALL + tile_row) * PITCH + e % WIDE] = pair;
    }
    for (var e = lid; e < 2u * channels * 9u; e += LANES) {
      let k = word * 8u + e / (channels * 9u) * 4u;
      let place = e % (channels * 9u);
      let tap_at = first * 9u + place;
      weights[e / (channels * 9u) * SLAB * 9u + place] =
        vec4f(weight_at(m, k, tap_at), weight_at(m, k + 1u, tap_at), weight_at(m, k + 2u, tap_at), weight_at(m, k + 3u, tap_at));
    }
    workgroupBarrier();
    for (var c = 0u; c < channels; c++) {
      let corner = (c * TALL + 2u * i) * PITCH + j;
      var u0 = pixels[corner];
      var u1 = pixels[corner + 1u];
      for (var r = 0u; r < 3u; r++) {
        let v0 = pixels[corner + (r + 1u) * PITCH];
        let v1 = pixels[corner + (r + 1u) * PITCH + 1u];
        let taps = (quad * SLAB + c) * 9u + r * 3u;
        let w0 = weights[taps];
        let w1 = weights[taps + 1u];
        let w2 = weights[taps + 2u];
        a0 = fma(vec4f(u1.x), w2, fma(vec4f(u0.y), w1, fma(vec4f(u0.x), w0, a0)));
        a1 = fma(vec4f(u1.y), w2, fma(vec4f(u1.x), w1, fma(vec4f(u0.y), w0, a1)));
        a2 = fma(vec4f(v1.x), w2, fma(vec4f(v0.y), w1, fma(vec4f(v0.x), w0, a2)));
        a3 = fma(vec4f(v1.y), w2, fma(vec4f(v1.x), w1, fma(vec4f(v0.y), w0, a3)));
        u0 = v0;
        u1 = v1;
      }
    }
    workgroupBarrier();
  }

  let k = word * 8u + quad * 4u;
  let result = pool(a0, a1, a2, a3, vec4f(bias_at(m, k), bias_at(m, k + 1u), bias_at(m, k + 2u), bias_at(m, k + 3u)));
  let row = first_row + i;
  let column = first_column + j;
  let inside = row < rows && column < columns;
  let size = rows * columns;
  var bits = 0u;
  if (inside) {
    let at = m * g.y_model + n * g.k * size + row * columns + column;
    bits = store_one(at, size, k, result.value.x, result.winner.x) | store_one(at, size, k + 1u, result.value.y, result.winner.y)
      | store_one(at, size, k + 2u, result.value.z, result.winner.z) | store_one(at, size, k + 3u, result.value.w, result.winner.w);
  }
  if (quad == 1u) { winners[lid % (SIDE * SIDE)] = bits; }
  workgroupBarrier();
  if (quad == 0u && inside) { tap[m * g.tap_model + (n * words + word) * size + row * columns + column] = bits | winners[lid]; }
}
