// conv_relu_pool data gradient for GPUs; what it computes and the shapes are in grad_input.naive.wgsl.
// A workgroup owns the pixels under 8×8 pool windows of an image and eight input channels; an invocation one window's four pixels and four
// channels: 16 sums in registers. Slabs of eight output channels go through workgroup memory: dy with its winner, a halo of one window, and
// weights. Each invocation unpools the 4×4 pixels around its window from the 3×3 windows there.

struct Params { n: u32, c: u32, h: u32, w: u32, k: u32, dy_model: u32, tap_model: u32, w_model: u32, dx_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> tap: array<u32>;
@group(0) @binding(3) var<storage, read> w: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

const SIDE = 8u;
const LANES = 128u;
const SLAB = 8u;
// Windows of a tile's side with the halo.
const WIDE = 10u;
// The bits of dy, and the winner: 4 where nothing passes.
var<workgroup> windows: array<vec2u, SLAB * WIDE * WIDE>;
// Four input channels an element: [two quads, SLAB, 3, 3].
var<workgroup> weights: array<vec4f, 2u * SLAB * 9u>;

fn weight_at(m: u32, k: u32, c: u32, tap_at: u32) -> f32 {
  if (c >= params.c) { return 0.0; }
  return w[m * params.w_model + (k * params.c + c) * 9u + tap_at];
}

// The window's gradient where `pixel` is its winner, else 0.
fn unpool(window: vec2u, pixel: u32) -> f32 {
  return select(0.0, bitcast<f32>(window.x), window.y == pixel);
}

fn store_one(at: u32, c: u32, top: vec2f, bottom: vec2f) {
  if (c >= params.c) { return; }
  let start = at + c * params.h * params.w;
  dx[start] = top.x;
  dx[start + 1u] = top.y;
  dx[start + params.w] = bottom.x;
  dx[start + params.w + 1u] = bottom.y;
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let m = wid.z;
  let rows = g.h / 2u;
  let columns = g.w / 2u;
  let across = (columns + SIDE - 1u) / SIDE;
  let down = (rows + SIDE - 1u) / SIDE;
  let blocks = (g.c + 7u) / 8u;
  let group = wid.y * count.x + wid.x;
  let block = group % blocks;
  let first_column = group / blocks % across * SIDE;
  let first_row = group / (blocks * across) % down * SIDE;
  let n = group / (blocks * across * down);
  if (n >= g.n) { return; }
  let size = rows * columns;
  let quad = lid / (SIDE * SIDE);
  let i = lid / SIDE % SIDE;
  let j = lid % SIDE;
  var a0 = vec4f();
  var a1 = vec4f();
  var a2 = vec4f();
  var a3 = vec4f();

  for (var first = 0u; first < g.k; first += SLAB) {
    let channels = min(SLAB, g.k - first);
    for (var e = lid; e < channels * WIDE * WIDE; e += LANES) {
      let slot = e / (WIDE * WIDE);
      // One past the window's place, which the halo lets begin at −1.
      let row = first_row + e / WIDE % WIDE;
      let column = first_column + e % WIDE;
      var window = vec2u(0u, 4u);
      if (row >= 1u && row <= rows && column >= 1u && column <= columns) {
        let k = first + slot;
        let at = (row - 1u) * columns + column - 1u;
        let word = tap[m * g.tap_model + (n * ((g.k + 7u) / 8u) + k / 8u) * size + at];
        window = vec2u(bitcast<u32>(dy[m * g.dy_model + (n * g.k + k) * size + at]), (word >> (4u * (k % 8u))) & 15u);
      }
      windows[e] = window;
    }
    for (var e = lid; e < 2u * channels * 9u; e += LANES) {
      let c = block * 8u + e / (channels * 9u) * 4u;
      let place = e % (channels * 9u);
      let k = first + place / 9u;
      let t = place % 9u;
      weights[e / (channels * 9u) * SLAB * 9u + place] =
        vec4f(weight_at(m, k, c, t), weight_at(m, k, c + 1u, t), weight_at(m, k, c + 2u, t), weight_at(m, k, c + 3u, t));
    }
    workgroupBarrier();
    for (var slot = 0u; slot < channels; slot++) {
      // The unpooled gradient's rows 2i−1 .. 2i+2 in columns 2j−1 .. 2j+2.
      let corner = (slot * WIDE + i) * WIDE + j;
      let up = windows[corner + 1u];
      let left = windows[corner + WIDE];
      let own = windows[corner + WIDE + 1u];
      let right = windows[corner + WIDE + 2u];
      let down = windows[corner + 2u * WIDE + 1u];
      let above = vec4f(unpool(windows[corner], 3u), unpool(up, 2u), unpool(up, 3u), unpool(windows[corner + 2u], 2u));
      let top = vec4f(unpool(left, 1u), unpool(own, 0u), unpool(own, 1u), unpool(right, 0u));
      let bottom = vec4f(unpool(left, 3u), unpool(own, 2u), unpool(own, 3u), unpool(right, 2u));
      let last = corner + 2u * WIDE;
      let below = vec4f(unpool(windows[last], 1u), unpool(down, 0u), unpool(down, 1u), unpool(windows[last + 2u], 0u));
      let taps = (quad * SLAB + slot) * 9u;
      // A filter's row r meets the gradient one row higher than r − 1 did: v for the window's upper pixels, u for its lower ones.
      var u = below;
      var v = bottom;
      for (var r = 0u; r < 3u; r++) {
        let w0 = weights[taps + r * 3u];
        let w1 = weights[taps + r * 3u + 1u];
        let w2 = weights[taps + r * 3u + 2u];
        a0 = fma(vec4f(v.x), w2, fma(vec4f(v.y), w1, fma(vec4f(v.z), w0, a0)));
        a1 = fma(vec4f(v.y), w2, fma(vec4f(v.z), w1, fma(vec4f(v.w), w0, a1)));
        a2 = fma(vec4f(u.x), w2, fma(vec4f(u.y), w1, fma(vec4f(u.z), w0, a2)));
        a3 = fma(vec4f(u.y), w2, fma(vec4f(u.z), w1, fma(vec4f(u.w), w0, a3)));
        u = v;
        v = select(above, top, r == 0u);
      }
    }
    workgroupBarrier();
  }

  let row = first_row + i;
  let column = first_column + j;
  if (row >= rows || column >= columns) { return; }
  let c = block * 8u + quad * 4u;
  let at = m * g.dx_model + (n * g.c * g.h + 2u * row) * g.w + 2u * column;
  store_one(at, c, vec2f(a0.x, a1.x), vec2f(a2.x, a3.x));
  store_one(at, c + 1u, vec2f(a0.y, a1.y), vec2f(a2.y, a3.y));
  store_one(at, c + 2u, vec2f(a0.z, a1.z), vec2f(a2.z, a3.z));
  store_one(at, c + 3u, vec2f(a0.w, a1.w), vec2f(a2.w, a3.w));
}
