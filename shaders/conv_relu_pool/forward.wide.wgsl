// conv_relu_pool forward for subgroups of four lanes: SwiftShader; what it computes and the shapes are in forward.naive.wgsl.
// A lane owns four neighbouring pool windows and eight output channels: 128 sums. Per input channel it loads a 4×10 patch and, for two of
// the channels, 18 weights; it has the others by quad swaps, in an order of its own: component q of a sum belongs to channel q ^ lane.
// K is a multiple of 8. Lanes past the end repeat the last windows, so that control flow stays uniform, and store nothing.

enable subgroups;

struct Params { n: u32, c: u32, h: u32, w: u32, k: u32, x_model: u32, w_model: u32, b_model: u32, y_model: u32, tap_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> tap: array<u32>;

const LANES = 8u;

// Bits of v, or of 0 where the mask is 0.
fn keep(v: f32, mask: u32) -> f32 {
  return bitcast<f32>(bitcast<u32>(v) & mask);
}

fn mask_of(inside: bool) -> u32 {
  return select(0u, 0xffffffffu, inside);
}

fn filters(at: u32) -> Filters {
  return Filters(
    swapped(w[at]), swapped(w[at + 1u]), swapped(w[at + 2u]),
    swapped(w[at + 3u]), swapped(w[at + 4u]), swapped(w[at + 5u]),
    swapped(w[at + 6u]), swapped(w[at + 7u]), swapped(w[at + 8u]),
  );
}

fn store(at: vec4u, v: vec4f) {
  y[at.x] = v.x;
  y[at.y] = v.y;
  y[at.z] = v.z;
  y[at.w] = v.w;
}

// Stores eight channels of one window and returns their packed winners.
fn finish(at: vec4u, step: u32, channel: vec4u, first: Pooled, second: Pooled) -> u32 {
  store(at, first.value);
  store(at + 4u * step, second.value);
  let all = (first.winner << (4u * channel)) | (second.winner << (4u * channel + 16u));
  return all.x | all.y | all.z | all.w;
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
  let places = g.n * rows * spans;
  let blocks = g.k >> 3u;
  let group = wid.y * count.x + wid.x;
  let tile = quotient(group, blocks);
  let block = group - tile * blocks;
  let k = block * 8u;
  let id = tile * LANES + lid;
  let span = min(id, places - 1u);
  let n = quotient(span, rows * spans);
  let place = span - n * rows * spans;
  let i = quotient(place, spans);
  let j = 4u * (place - i * spans);

  // The 4×10 input patch starts one above and one left of the windows; outside the image a tap is 0.
  let row0 = min(max(2u * i + 0u, 1u) - 1u, g.h - 1u) * g.w;
  let row1 = min(max(2u * i + 1u, 1u) - 1u, g.h - 1u) * g.w;
  let row2 = min(max(2u * i + 2u, 1u) - 1u, g.h - 1u) * g.w;
  let row3 = min(max(2u * i + 3u, 1u) - 1u, g.h - 1u) * g.w;
  let above = mask_of(i > 0u);
  let below = mask_of(2u * i + 2u < g.h);
  let column0 = min(max(2u * j + 0u, 1u) - 1u, g.w - 1u);
  let column1 = min(max(2u * j + 1u, 1u) - 1u, g.w - 1u);
  let column2 = min(max(2u * j + 2u, 1u) - 1u, g.w - 1u);
  let column3 = min(max(2u * j + 3u, 1u) - 1u, g.w - 1u);
  let column4 = min(max(2u * j + 4u, 1u) - 1u, g.w - 1u);
  let column5 = min(max(2u * j + 5u, 1u) - 1u, g.w - 1u);
  let column6 = min(max(2u * j + 6u, 1u) - 1u, g.w - 1u);
  let column7 = min(max(2u * j + 7u, 1u) - 1u, g.w - 1u);
  let column8 = min(max(2u * j + 8u, 1u) - 1u, g.w - 1u);
  let column9 = min(max(2u * j + 9u, 1u) - 1u, g.w - 1u);
  let before = mask_of(j > 0u);
  let inside3 = mask_of(2u * j + 2u < g.w);
  let inside4 = mask_of(2u * j + 3u < g.w);
  let inside5 = mask_of(2u * j + 4u < g.w);
  let inside6 = mask_of(2u * j + 5u < g.w);
  let inside7 = mask_of(2u * j + 6u < g.w);
  let inside8 = mask_of(2u * j + 7u < g.w);
  let inside9 = mask_of(2u * j + 8u < g.w);
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

  for (var c = 0u; c < g.c; c++) {
    let plane = wid.z * g.x_model + (n * g.c + c) * g.h * g.w;
    let v00 = keep(x[plane + row0 + column0], above & before);
    let v01 = keep(x[plane + row0 + column1], above);
    let v02 = keep(x[plane + row0 + column2], above);
    let v03 = keep(x[plane + row0 + column3], above & inside3);
    let v04 = keep(x[plane + row0 + column4], above & inside4);
    let v05 = keep(x[plane + row0 + column5], above & inside5);
    let v06 = keep(x[plane + row0 + column6], above & inside6);
    let v07 = keep(x[plane + row0 + column7], above & inside7);
    let v08 = keep(x[plane + row0 + column8], above & inside8);
    let v09 = keep(x[plane + row0 + column9], above & inside9);
    let v10 = keep(x[plane + row1 + column0], before);
    let v11 = x[plane + row1 + column1];
    let v12 = x[plane + row1 + column2];
    let v13 = keep(x[plane + row1 + column3], inside3);
    let v14 = keep(x[plane + row1 + column4], inside4);
    let v15 = keep(x[plane + row1 + column5], inside5);
    let v16 = keep(x[plane + row1 + column6], inside6);
    let v17 = keep(x[plane + row1 + column7], inside7);
    let v18 = keep(x[plane + row1 + column8], inside8);
    let v19 = keep(x[plane + row1 + column9], inside9);
    let v20 = keep(x[plane + row2 + column0], before);
    let v21 = x[plane + row2 + column1];
    let v22 = x[plane + row2 + column2];
    let v23 = keep(x[plane + row2 + column3], inside3);
    let v24 = keep(x[plane + row2 + column4], inside4);
    let v25 = keep(x[plane + row2 + column5], inside5);
    let v26 = keep(x[plane + row2 + column6], inside6);
    let v27 = keep(x[plane + row2 + column7], inside7);
    let v28 = keep(x[plane + row2 + column8], inside8);
    let v29 = keep(x[plane + row2 + column9], inside9);
    let v30 = keep(x[plane + row3 + column0], below & before);
    let v31 = keep(x[plane + row3 + column1], below);
    let v32 = keep(x[plane + row3 + column2], below);
    let v33 = keep(x[plane + row3 + column3], below & inside3);
    let v34 = keep(x[plane + row3 + column4], below & inside4);
    let v35 = keep(x[plane + row3 + column5], below & inside5);
    let v36 = keep(x[plane + row3 + column6], below & inside6);
    let v37 = keep(x[plane + row3 + column7], below & inside7);
    let v38 = keep(x[plane + row3 + column8], below & inside8);
    let v39 = keep(x[plane + row3 + column9], below & inside9);
    let w_at = wid.z * g.w_model + ((k + (lane & 3u)) * g.c + c) * 9u;
    let wa = filters(w_at);
    a0 = taps(a0, vec3f(v00, v01, v02), vec3f(v10, v11, v12), vec3f(v20, v21, v22), wa);
    a1 = taps(a1, vec3f(v01, v02, v03), vec3f(v11, v12, v13), vec3f(v21, v22, v23), wa);
    a2 = taps(a2, vec3f(v10, v11, v12), vec3f(v20, v21, v22), vec3f(v30, v31, v32), wa);
    a3 = taps(a3, vec3f(v11, v12, v13), vec3f(v21, v22, v23), vec3f(v31, v32, v33), wa);
    a4 = taps(a4, vec3f(v02, v03, v04), vec3f(v12, v13, v14), vec3f(v22, v23, v24), wa);
    a5 = taps(a5, vec3f(v03, v04, v05), vec3f(v13, v14, v15), vec3f(v23, v24, v25), wa);
    a6 = taps(a6, vec3f(v12, v13, v14), vec3f(v22, v23, v24), vec3f(v32, v33, v34), wa);
    a7 = taps(a7, vec3f(v13, v14, v15), vec3f(v23, v24, v25), vec3f(v33, v34, v35), wa);
    a8 = taps(a8, vec3f(v04, v05, v06), vec3f(v14, v15, v16), vec3f(v24, v25, v26), wa);
    a9 = taps(a9, vec3f(v05, v06, v07), vec3f(v15, v16, v17), vec3f(v25, v26, v27), wa);
    a10 = taps(a10, vec3f(v14, v15, v16), vec3f(v24, v25, v26), vec3f(v34, v35, v36), wa);
    a11 = taps(a11, vec3f(v15, v16, v17), vec3f(v25, v26, v27), vec3f(v35, v36, v37), wa);
    a12 = taps(a12, vec3f(v06, v07, v08), vec3f(v16, v17, v18), vec3f(v26, v27, v28), wa);
    a13 = taps(a13, vec3f(v07, v08, v09), vec3f(v17, v18, v19), vec3f(v27, v28, v29), wa);
    a14 = taps(a14, vec3f(v16, v17, v18), vec3f(v26, v27, v28), vec3f(v36, v37, v38), wa);
    a15 = taps(a15, vec3f(v17, v18, v19), vec3f(v27, v28, v29), vec3f(v37, v38, v39), wa);
    let wb = filters(w_at + 36u * g.c);
    b0 = taps(b0, vec3f(v00, v01, v02), vec3f(v10, v11, v12), vec3f(v20, v21, v22), wb);
    b1 = taps(b1, vec3f(v01, v02, v03), vec3f(v11, v12, v13), vec3f(v21, v22, v23), wb);
    b2 = taps(b2, vec3f(v10, v11, v12), vec3f(v20, v21, v22), vec3f(v30, v31, v32), wb);
    b3 = taps(b3, vec3f(v11, v12, v13), vec3f(v21, v22, v23), vec3f(v31, v32, v33), wb);
    b4 = taps(b4, vec3f(v02, v03, v04), vec3f(v12, v13, v14), vec3f(v22, v23, v24), wb);
    b5 = taps(b5, vec3f(v03, v04, v05), vec3f(v13, v14, v15), vec3f(v23, v24, v25), wb);
    b6 = taps(b6, vec3f(v12, v13, v14), vec3f(v22, v23, v24), vec3f(v32, v33, v34), wb);
    b7 = taps(b7, vec3f(v13, v14, v15), vec3f(v23, v24, v25), vec3f(v33, v34, v35), wb);
    b8 = taps(b8, vec3f(v04, v05, v06), vec3f(v14, v15, v16), vec3f(v24, v25, v26), wb);
    b9 = taps(b9, vec3f(v05, v06, v07), vec3f(v15, v16, v17), vec3f(v25, v26, v27), wb);
    b10 = taps(b10, vec3f(v14, v15, v16), vec3f(v24, v25, v26), vec3f(v34, v35, v36), wb);
    b11 = taps(b11, vec3f(v15, v16, v17), vec3f(v25, v26, v27), vec3f(v35, v36, v37), wb);
    b12 = taps(b12, vec3f(v06, v07, v08), vec3f(v16, v17, v18), vec3f(v26, v27, v28), wb);
    b13 = taps(b13, vec3f(v07, v08, v09), vec3f(v17, v18, v19), vec3f(v27, v28, v29), wb);
    b14 = taps(b14, vec3f(v16, v17, v18), vec3f(v26, v27, v28), vec3f(v36, v37, v38), wb);
    b15 = taps(b15, vec3f(v17, v18, v19), vec3f(v27, v28, v29), vec3f(v37, v38, v39), wb);
  }
  let bias_at = wid.z * g.b_model + k + (lane & 3u);
  let bias_a = swapped(b[bias_at]);
  let bias_b = swapped(b[bias_at + 4u]);

  if (id >= places) { return; }
  let step = rows * columns;
  let inside_plane = i * columns + j;
  let channel = vec4u(0u, 1u, 2u, 3u) ^ vec4u(lane & 3u);
  let at = vec4u(wid.z * g.y_model + (n * g.k + k) * step + inside_plane) + channel * step;
  let tap_at = wid.z * g.tap_model + (n * blocks + block) * step + inside_plane;
  tap[tap_at] = finish(at, step, channel, pool(a0, a1, a2, a3, bias_a), pool(b0, b1, b2, b3, bias_b));
  if (j + 1u >= columns) { return; }
  tap[tap_at + 1u] = finish(at + 1u, step, channel, pool(a4, a5, a6, a7, bias_a), pool(b4, b5, b6, b7, bias_b));
  if (j + 2u >= columns) { return; }
  tap[tap_at + 2u] = finish(at + 2u, step, channel, pool(a8, a9, a10, a11, bias_a), pool(b8, b9, b10, b11, bias_b));
  if (j + 3u >= columns) { return; }
  tap[tap_at + 3u] = finish(at + 3u, step, channel, pool(a12, a13, a14, a15, bias_a), pool(b12, b13, b14, b15, bias_b));
}
