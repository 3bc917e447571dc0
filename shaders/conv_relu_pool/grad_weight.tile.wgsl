// conv_relu_pool weight and bias gradient for GPUs; what it computes and the shapes are in grad_weight.naive.wgsl.
// A workgroup owns one part (images part·chunk .. (part+1)·chunk), eight output channels and `block` input channels; an invocation nine sums
// of one pair of channels over one stripe of the windows: 256 / (8·block) stripes, added in order at the end.
// Tiles of 8×8 windows go through workgroup memory: x with a halo of one pixel, dy with its winner. The winner's place is an address in the
// tile of x, so that a window costs nine products instead of 36.

struct Params {
  n: u32, c: u32, h: u32, w: u32, k: u32, parts: u32, chunk: u32, block: u32,
  dy_model: u32, tap_model: u32, x_model: u32, dw_model: u32, db_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> tap: array<u32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read_write> dw: array<f32>;
@group(0) @binding(5) var<storage, read_write> db: array<f32>;

const SIDE = 8u;
const LANES = 256u;
const FILTERS = 8u;
const MAX_BLOCK = 8u;
// Rows and columns of x that 8×8 windows read.
const WIDE = 18u;
// Nine from window to window instead of eight: neighbours fall into different banks, whether windows or channels are neighbours.
const PITCH = 9u;
// At the end the tile holds ten sums of each invocation instead, which is less.
var<workgroup> pixels: array<f32, MAX_BLOCK * WIDE * WIDE>;
// The bits of dy, and the winner: 4 where nothing passes.
var<workgroup> windows: array<vec2u, SIDE * SIDE * PITCH>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let m = wid.z;
  let rows = g.h / 2u;
  let columns = g.w / 2u;
  let size = rows * columns;
  let words = (g.k + FILTERS - 1u) / FILTERS;
  let blocks = (g.c + g.block - 1u) / g.block;
  let group = wid.y * count.x + wid.x;
  let word = group % words;
  let first_channel = group / words % blocks * g.block;
  let part = group / (words * blocks);
  if (part >= g.parts) { return; }
  let pairs = FILTERS * g.block;
  let stripes = LANES / pairs;
  let slot = lid % FILTERS;
  let plane = lid / FILTERS % g.block * WIDE * WIDE;
  let stripe = lid / pairs;
  var d0 = vec3f();
  var d1 = vec3f();
  var d2 = vec3f();
  var bias = 0.0;

  for (var n = part * g.chunk; n < min(g.n, (part + 1u) * g.chunk); n++) {
    for (var first_row = 0u; first_row < rows; first_row += SIDE) {
      for (var first_column = 0u; first_column < columns; first_column += SIDE) {
        for (var e = lid; e < g.block * WIDE * WIDE; e += LANES) {
          let c = first_channel + e / (WIDE * WIDE);
          // One past the pixel's place, which the halo lets begin at −1.
          let row = 2u * first_row + e / WIDE % WIDE;
          let column = 2u * first_column + e % WIDE;
          var pixel = 0.0;
          if (c < g.c && row >= 1u && row <= g.h && column >= 1u && column <= g.w) {
            pixel = x[m * g.x_model + ((n * g.c + c) * g.h + row - 1u) * g.w + column - 1u];
          }
          pixels[e] = pixel;
        }
        for (var e = lid; e < FILTERS * SIDE * SIDE; e += LANES) {
          let k = word * FILTERS + e / (SIDE * SIDE);
          let row = first_row + e / SIDE % SIDE;
          let column = first_column + e % SIDE;
          var window = vec2u(0u, 4u);
          if (k < g.k && row < rows && column < columns) {
            let at = row * columns + column;
            let winner = (tap[m * g.tap_model + (n * words + word) * size + at] >> (4u * (k % 8u))) & 15u;
            window = vec2u(bitcast<u32>(dy[m * g.dy_model + (n * g.k + k) * size + at]), winner);
          }
          windows[e % (SIDE * SIDE) * PITCH + e / (SIDE * SIDE)] = window;
        }
        workgroupBarrier();
        for (var place = stripe; place < min(SIDE, rows - first_row) * SIDE; place += stripes) {
          let window = windows[place * PITCH + slot];
          if (window.y > 3u) { continue; }
          let value = bitcast<f32>(window.x);
          let at = plane + (2u * (place / SIDE) + window.y / 2u) * WIDE + 2u * (place % SIDE) + window.y % 2u;
          d0 = fma(vec3f(value), vec3f(pixels[at], pixels[at + 1u], pixels[at + 2u]), d0);
          d1 = fma(vec3f(value), vec3f(pixels[at + WIDE], pixels[at + WIDE + 1u], pixels[at + WIDE + 2u]), d1);
          d2 = fma(vec3f(value), vec3f(pixels[at + 2u * WIDE], pixels[at + 2u * WIDE + 1u], pixels[at + 2u * WIDE + 2u]), d2);
          bias += value;
        }
        workgroupBarrier();
      }
    }
  }

  pixels[lid] = d0.x;
  pixels[LANES + lid] = d0.y;
  pixels[2u * LANES + lid] = d0.z;
  pixels[3u * LANES + lid] = d1.x;
  pixels[4u * LANES + lid] = d1.y;
  pixels[5u * LANES + lid] = d1.z;
  pixels[6u * LANES + lid] = d2.x;
  pixels[7u * LANES + lid] = d2.y;
  pixels[8u * LANES + lid] = d2.z;
  pixels[9u * LANES + lid] = bias;
  workgroupBarrier();
  for (var e = lid; e < pairs * 9u + FILTERS; e += LANES) {
    // Weights in the order of dw, then the biases, which the invocations of the first input channel have.
    let is_bias = e >= pairs * 9u;
    let row = select(e / (9u * g.block), e - pairs * 9u, is_bias);
    let column = select(e / 9u % g.block, 0u, is_bias);
    let tap_at = select(e % 9u, 9u, is_bias);
    var sum = 0.0;
    for (var s = 0u; s < stripes; s++) { sum += pixels[tap_at * LANES + s * pairs + column * FILTERS + row]; }
    let k = word * FILTERS + row;
    let c = first_channel + column;
    if (k >= g.k || c >= g.c) { continue; }
    if (!is_bias) {
      dw[m * g.dw_model + ((part * g.k + k) * g.c + c) * 9u + tap_at] = sum;
    } else if (first_channel == 0u) {
      db[m * g.db_model + part * g.k + k] = sum;
    }
  }
}
