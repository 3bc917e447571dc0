// conv_relu_pool data gradient for subgroups of four lanes: SwiftShader; what it computes and the shapes are in grad_input.naive.wgsl.
// A lane owns a 2×8 block of dx and eight input channels: 128 sums. Per output channel it unpools the 4×10 patch of the gradient that the
// block sees, from the 3×6 pooled neighbourhood of dy; tap is loaded once for eight channels. It loads 18 weights, for two of the input
// channels, and has the others by quad swaps, in an order of its own: component q of a sum belongs to channel q ^ lane.
// C is a multiple of 8. Lanes past the end store nothing.

enable subgroups;

struct Params { n: u32, c: u32, h: u32, w: u32, k: u32, dy_model: u32, tap_model: u32, w_model: u32, dx_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> tap: array<u32>;
@group(0) @binding(3) var<storage, read> w: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

const LANES = 8u;

// Bits of v, or of 0 where the mask is 0.
fn keep(v: f32, mask: u32) -> f32 {
  return bitcast<f32>(bitcast<u32>(v) & mask);
}

fn mask_of(inside: bool) -> u32 {
  return select(0u, 0xffffffffu, inside);
}

// dy where the window's winner is this place, 0 elsewhere.
fn unpool(dy: f32, winner: u32, place: u32) -> f32 {
  return select(0.0, dy, winner == place);
}

fn filters(at: u32) -> Filters {
  return Filters(
    swapped(w[at]), swapped(w[at + 1u]), swapped(w[at + 2u]),
    swapped(w[at + 3u]), swapped(w[at + 4u]), swapped(w[at + 5u]),
    swapped(w[at + 6u]), swapped(w[at + 7u]), swapped(w[at + 8u]),
  );
}

fn store(at: vec4u, v: vec4f) {
  dx[at.x] = v.x;
  dx[at.y] = v.y;
  dx[at.z] = v.z;
  dx[at.w] = v.w;
}

// Stores the 2×2 block of one window.
fn store_window(at: vec4u, v0: vec4f, v1: vec4f, v2: vec4f, v3: vec4f) {
  store(at, v0);
  store(at + 1u, v1);
  store(at + params.w, v2);
  store(at + params.w + 1u, v3);
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) count: vec3u,
  @builtin(local_invocation_index) lid: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let g = params;
  // Shifts, because SwiftShader divides integers one lane at a time, also by a constant.
  let rows = g.h >> 1u;
  let columns = g.w >> 1u;
  let spans = (columns + 3u) >> 2u;
  let size = rows * columns;
  let places = g.n * rows * spans;
  let blocks = g.c >> 3u;
  let words = (g.k + 7u) >> 3u;
  let group = wid.y * count.x + wid.x;
  let tile = quotient(group, blocks);
  let c = (group - tile * blocks) * 8u;
  let id = tile * LANES + lid;
  let span = min(id, places - 1u);
  let n = quotient(span, rows * spans);
  let place = span - n * rows * spans;
  let i = quotient(place, spans);
  let j = 4u * (place - i * spans);

  // Pooled neighbours: rows i−1 .. i+1 and columns j−1 .. j+4, clamped; what lies outside the image gives 0.
  let row0 = (max(i, 1u) - 1u) * columns;
  let row1 = i * columns;
  let row2 = min(i + 1u, rows - 1u) * columns;
  let above = mask_of(i > 0u);
  let below = mask_of(i + 1u < rows);
  let column0 = max(j, 1u) - 1u;
  let column2 = min(j + 1u, columns - 1u);
  let column3 = min(j + 2u, columns - 1u);
  let column4 = min(j + 3u, columns - 1u);
  let column5 = min(j + 4u, columns - 1u);
  let inside0 = mask_of(j > 0u);
  let inside2 = mask_of(j + 1u < columns);
  let inside3 = mask_of(j + 2u < columns);
  let inside4 = mask_of(j + 3u < columns);
  let inside5 = mask_of(j + 4u < columns);
  var a0 = vec4f();
  var a1 = vec4f();
  var a2 = vec4f();
  var a3 = vec4f();
  var a4 = vec4f();
  var a5 = vec4f();
  var a6 = vec4f();
  var a7 = vec4f();
  var a8 = vec4f();
  var a9 = vec4f();
  var a10 = vec4f();
  var a11 = vec4f();
  var a12 = vec4f();
  var a13 = vec4f();
  var a14 = vec4f();
  var a15 = vec4f();
  var b0 = vec4f();
  var b1 = vec4f();
  var b2 = vec4f();
  var b3 = vec4f();
  var b4 = vec4f();
  var b5 = vec4f();
  var b6 = vec4f();
  var b7 = vec4f();
  var b8 = vec4f();
  var b9 = vec4f();
  var b10 = vec4f();
  var b11 = vec4f();
  var b12 = vec4f();
  var b13 = vec4f();
  var b14 = vec4f();
  var b15 = vec4f();

  // The unpooled patch, row by row. Kept in memory by an index that the compiler does not know, in a branch never taken: SwiftShader's
  // allocator otherwise holds values like these in registers throughout, and the running sums go to the stack: 1.25 times the time.
  var up: array<f32, 40>;
  if (g.k == 0u) { up[g.h] = 0.0; }
  for (var word = 0u; word < words; word++) {
    // Winners of eight output channels at the eighteen neighbours: four bits a channel.
    let tap_at = wid.z * g.tap_model + (n * words + word) * size;
    let t00 = tap[tap_at + row0 + column0];
    let t01 = tap[tap_at + row0 + j];
    let t02 = tap[tap_at + row0 + column2];
    let t03 = tap[tap_at + row0 + column3];
    let t04 = tap[tap_at + row0 + column4];
    let t05 = tap[tap_at + row0 + column5];
    let t10 = tap[tap_at + row1 + column0];
    let t11 = tap[tap_at + row1 + j];
    let t12 = tap[tap_at + row1 + column2];
    let t13 = tap[tap_at + row1 + column3];
    let t14 = tap[tap_at + row1 + column4];
    let t15 = tap[tap_at + row1 + column5];
    let t20 = tap[tap_at + row2 + column0];
    let t21 = tap[tap_at + row2 + j];
    let t22 = tap[tap_at + row2 + column2];
    let t23 = tap[tap_at + row2 + column3];
    let t24 = tap[tap_at + row2 + column4];
    let t25 = tap[tap_at + row2 + column5];
    for (var channel = 0u; channel < min(8u, g.k - word * 8u); channel++) {
      let k = word * 8u + channel;
      // Compared in place, where a shift would carry eighteen values from turn to turn.
      let unit = 1u << (4u * channel);
      let field = 15u * unit;
      let dy_at = wid.z * g.dy_model + (n * g.k + k) * size;
      let d00 = keep(dy[dy_at + row0 + column0], above & inside0);
      let k00 = t00 & field;
      let d01 = keep(dy[dy_at + row0 + j], above);
      let k01 = t01 & field;
      let d02 = keep(dy[dy_at + row0 + column2], above & inside2);
      let k02 = t02 & field;
      let d03 = keep(dy[dy_at + row0 + column3], above & inside3);
      let k03 = t03 & field;
      let d04 = keep(dy[dy_at + row0 + column4], above & inside4);
      let k04 = t04 & field;
      let d05 = keep(dy[dy_at + row0 + column5], above & inside5);
      let k05 = t05 & field;
      let d10 = keep(dy[dy_at + row1 + column0], inside0);
      let k10 = t10 & field;
      let d11 = dy[dy_at + row1 + j];
      let k11 = t11 & field;
      let d12 = keep(dy[dy_at + row1 + column2], inside2);
      let k12 = t12 & field;
      let d13 = keep(dy[dy_at + row1 + column3], inside3);
      let k13 = t13 & field;
      let d14 = keep(dy[dy_at + row1 + column4], inside4);
      let k14 = t14 & field;
      let d15 = keep(dy[dy_at + row1 + column5], inside5);
      let k15 = t15 & field;
      let d20 = keep(dy[dy_at + row2 + column0], below & inside0);
      let k20 = t20 & field;
      let d21 = keep(dy[dy_at + row2 + j], below);
      let k21 = t21 & field;
      let d22 = keep(dy[dy_at + row2 + column2], below & inside2);
      let k22 = t22 & field;
      let d23 = keep(dy[dy_at + row2 + column3], below & inside3);
      let k23 = t23 & field;
      let d24 = keep(dy[dy_at + row2 + column4], below & inside4);
      let k24 = t24 & field;
      let d25 = keep(dy[dy_at + row2 + column5], below & inside5);
      let k25 = t25 & field;
      up[0] = unpool(d00, k00, 3u * unit);
      up[1] = unpool(d01, k01, 2u * unit);
      up[2] = unpool(d01, k01, 3u * unit);
      up[3] = unpool(d02, k02, 2u * unit);
      up[4] = unpool(d02, k02, 3u * unit);
      up[5] = unpool(d03, k03, 2u * unit);
      up[6] = unpool(d03, k03, 3u * unit);
      up[7] = unpool(d04, k04, 2u * unit);
      up[8] = unpool(d04, k04, 3u * unit);
      up[9] = unpool(d05, k05, 2u * unit);
      up[10] = unpool(d10, k10, unit);
      up[11] = unpool(d11, k11, 0u);
      up[12] = unpool(d11, k11, unit);
      up[13] = unpool(d12, k12, 0u);
      up[14] = unpool(d12, k12, unit);
      up[15] = unpool(d13, k13, 0u);
      up[16] = unpool(d13, k13, unit);
      up[17] = unpool(d14, k14, 0u);
      up[18] = unpool(d14, k14, unit);
      up[19] = unpool(d15, k15, 0u);
      up[20] = unpool(d10, k10, 3u * unit);
      up[21] = unpool(d11, k11, 2u * unit);
      up[22] = unpool(d11, k11, 3u * unit);
      up[23] = unpool(d12, k12, 2u * unit);
      up[24] = unpool(d12, k12, 3u * unit);
      up[25] = unpool(d13, k13, 2u * unit);
      up[26] = unpool(d13, k13, 3u * unit);
      up[27] = unpool(d14, k14, 2u * unit);
      up[28] = unpool(d14, k14, 3u * unit);
      up[29] = unpool(d15, k15, 2u * unit);
      up[30] = unpool(d20, k20, unit);
      up[31] = unpool(d21, k21, 0u);
      up[32] = unpool(d21, k21, unit);
      up[33] = unpool(d22, k22, 0u);
      up[34] = unpool(d22, k22, unit);
      up[35] = unpool(d23, k23, 0u);
      up[36] = unpool(d23, k23, unit);
      up[37] = unpool(d24, k24, 0u);
      up[38] = unpool(d24, k24, unit);
      up[39] = unpool(d25, k25, 0u);
      let w_at = wid.z * g.w_model + (k * g.c + c + (lane & 3u)) * 9u;
      let wa = filters(w_at);
      a0 = taps(a0, vec3f(up[22], up[21], up[20]), vec3f(up[12], up[11], up[10]), vec3f(up[2], up[1], up[0]), wa);
      a1 = taps(a1, vec3f(up[23], up[22], up[21]), vec3f(up[13], up[12], up[11]), vec3f(up[3], up[2], up[1]), wa);
      a2 = taps(a2, vec3f(up[32], up[31], up[30]), vec3f(up[22], up[21], up[20]), vec3f(up[12], up[11], up[10]), wa);
      a3 = taps(a3, vec3f(up[33], up[32], up[31]), vec3f(up[23], up[22], up[21]), vec3f(up[13], up[12], up[11]), wa);
      a4 = taps(a4, vec3f(up[24], up[23], up[22]), vec3f(up[14], up[13], up[12]), vec3f(up[4], up[3], up[2]), wa);
      a5 = taps(a5, vec3f(up[25], up[24], up[23]), vec3f(up[15], up[14], up[13]), vec3f(up[5], up[4], up[3]), wa);
      a6 = taps(a6, vec3f(up[34], up[33], up[32]), vec3f(up[24], up[23], up[22]), vec3f(up[14], up[13], up[12]), wa);
      a7 = taps(a7, vec3f(up[35], up[34], up[33]), vec3f(up[25], up[24], up[23]), vec3f(up[15], up[14], up[13]), wa);
      a8 = taps(a8, vec3f(up[26], up[25], up[24]), vec3f(up[16], up[15], up[14]), vec3f(up[6], up[5], up[4]), wa);
      a9 = taps(a9, vec3f(up[27], up[26], up[25]), vec3f(up[17], up[16], up[15]), vec3f(up[7], up[6], up[5]), wa);
      a10 = taps(a10, vec3f(up[36], up[35], up[34]), vec3f(up[26], up[25], up[24]), vec3f(up[16], up[15], up[14]), wa);
      a11 = taps(a11, vec3f(up[37], up[36], up[35]), vec3f(up[27], up[26], up[25]), vec3f(up[17], up[16], up[15]), wa);
      a12 = taps(a12, vec3f(up[28], up[27], up[26]), vec3f(up[18], up[17], up[16]), vec3f(up[8], up[7], up[6]), wa);
      a13 = taps(a13, vec3f(up[29], up[28], up[27]), vec3f(up[19], up[18], up[17]), vec3f(up[9], up[8], up[7]), wa);
      a14 = taps(a14, vec3f(up[38], up[37], up[36]), vec3f(up[28], up[27], up[26]), vec3f(up[18], up[17], up[16]), wa);
      a15 = taps(a15, vec3f(up[39], up[38], up[37]), vec3f(up[29], up[28], up[27]), vec3f(up[19], up[18], up[17]), wa);
      let wb = filters(w_at + 36u);
      b0 = taps(b0, vec3f(up[22], up[21], up[20]), vec3f(up[12], up[11], up[10]), vec3f(up[2], up[1], up[0]), wb);
      b1 = taps(b1, vec3f(up[23], up[22], up[21]), vec3f(up[13], up[12], up[11]), vec3f(up[3], up[2], up[1]), wb);
      b2 = taps(b2, vec3f(up[32], up[31], up[30]), vec3f(up[22], up[21], up[20]), vec3f(up[12], up[11], up[10]), wb);
      b3 = taps(b3, vec3f(up[33], up[32], up[31]), vec3f(up[23], up[22], up[21]), vec3f(up[13], up[12], up[11]), wb);
      b4 = taps(b4, vec3f(up[24], up[23], up[22]), vec3f(up[14], up[13], up[12]), vec3f(up[4], up[3], up[2]), wb);
      b5 = taps(b5, vec3f(up[25], up[24], up[23]), vec3f(up[15], up[14], up[13]), vec3f(up[5], up[4], up[3]), wb);
      b6 = taps(b6, vec3f(up[34], up[33], up[32]), vec3f(up[24], up[23], up[22]), vec3f(up[14], up[13], up[12]), wb);
      b7 = taps(b7, vec3f(up[35], up[34], up[33]), vec3f(up[25], up[24], up[23]), vec3f(up[15], up[14], up[13]), wb);
      b8 = taps(b8, vec3f(up[26], up[25], up[24]), vec3f(up[16], up[15], up[14]), vec3f(up[6], up[5], up[4]), wb);
      b9 = taps(b9, vec3f(up[27], up[26], up[25]), vec3f(up[17], up[16], up[15]), vec3f(up[7], up[6], up[5]), wb);
      b10 = taps(b10, vec3f(up[36], up[35], up[34]), vec3f(up[26], up[25], up[24]), vec3f(up[16], up[15], up[14]), wb);
      b11 = taps(b11, vec3f(up[37], up[36], up[35]), vec3f(up[27], up[26], up[25]), vec3f(up[17], up[16], up[15]), wb);
      b12 = taps(b12, vec3f(up[28], up[27], up[26]), vec3f(up[18], up[17], up[16]), vec3f(up[8], up[7], up[6]), wb);
      b13 = taps(b13, vec3f(up[29], up[28], up[27]), vec3f(up[19], up[18], up[17]), vec3f(up[9], up[8], up[7]), wb);
      b14 = taps(b14, vec3f(up[38], up[37], up[36]), vec3f(up[28], up[27], up[26]), vec3f(up[18], up[17], up[16]), wb);
      b15 = taps(b15, vec3f(up[39], up[38], up[37]), vec3f(up[29], up[28], up[27]), vec3f(up[19], up[18], up[17]), wb);
    }
  }

  if (id >= places) { return; }
  let step = g.h * g.w;
  let channels = vec4u(0u, 1u, 2u, 3u) ^ vec4u(lane & 3u);
  let at = vec4u(wid.z * g.dx_model + (n * g.c + c) * step + 2u * i * g.w + 2u * j) + channels * step;
  let at_b = at + 4u * step;
  store_window(at, a0, a1, a2, a3);
  store_window(at_b, b0, b1, b2, b3);
  if (j + 1u >= columns) { return; }
  store_window(at + 2u, a4, a5, a6, a7);
  store_window(at_b + 2u, b4, b5, b6, b7);
  if (j + 2u >= columns) { return; }
  store_window(at + 4u, a8, a9, a10, a11);
  store_window(at_b + 4u, b8, b9, b10, b11);
  if (j + 3u >= columns) { return; }
  store_window(at + 6u, a12, a13, a14, a15);
  store_window(at_b + 6u, b12, b13, b14, b15);
}
