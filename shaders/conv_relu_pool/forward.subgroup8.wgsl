// conv_relu_pool forward for adapters with subgroups of eight lanes or more; what it computes and the shapes are in forward.naive.wgsl.
// A lane owns one 2×2 pool window and eight output channels: 32 sums in registers. Per input channel it loads a 4×4 patch and 72 weights.
// Lanes 0..7 load one weight each for the eight output channels and broadcast them: half the loads of forward.subgroup.wgsl.
// K is a multiple of 8. Lanes past the end repeat the last window, so that control flow stays uniform, and store nothing.

enable subgroups;

struct Params { n: u32, c: u32, h: u32, w: u32, k: u32, x_model: u32, w_model: u32, b_model: u32, y_model: u32, tap_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> tap: array<u32>;

const LANES = 8u;

fn broadcast4_high(v: f32) -> vec4f {
  return vec4f(subgroupBroadcast(v, 4u), subgroupBroadcast(v, 5u), subgroupBroadcast(v, 6u), subgroupBroadcast(v, 7u));
}

fn broadcast4(v: f32) -> vec4f {
  return vec4f(subgroupBroadcast(v, 0u), subgroupBroadcast(v, 1u), subgroupBroadcast(v, 2u), subgroupBroadcast(v, 3u));
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) count: vec3u,
  @builtin(local_invocation_index) lid: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let g = params;
  let rows = g.h / 2u;
  let columns = g.w / 2u;
  let windows = g.n * rows * columns;
  let blocks = g.k / 8u;
  let group = wid.y * count.x + wid.x;
  let tile = quotient(group, blocks);
  let block = group - tile * blocks;
  let k = block * 8u;
  let id = tile * LANES + lid;
  let window = min(id, windows - 1u);
  let n = quotient(window, rows * columns);
  let place = window - n * rows * columns;
  let i = quotient(place, columns);
  let j = place - i * columns;

  // The 4×4 input patch starts one above and one left of the window; outside the image a tap is 0.
  let above = i > 0u;
  let row0 = (max(2u * i, 1u) - 1u) * g.w;
  let column0 = min(max(2u * j + 0u, 1u) - 1u, g.w - 1u);
  let inside_column0 = 2u * j + 0u >= 1u && 2u * j + 0u <= g.w;
  let column1 = min(max(2u * j + 1u, 1u) - 1u, g.w - 1u);
  let inside_column1 = 2u * j + 1u >= 1u && 2u * j + 1u <= g.w;
  let column2 = min(max(2u * j + 2u, 1u) - 1u, g.w - 1u);
  let inside_column2 = 2u * j + 2u >= 1u && 2u * j + 2u <= g.w;
  let column3 = min(max(2u * j + 3u, 1u) - 1u, g.w - 1u);
  let inside_column3 = 2u * j + 3u >= 1u && 2u * j + 3u <= g.w;
  var a0 = vec4f();
  var a1 = vec4f();
  var a2 = vec4f();
  var a3 = vec4f();
  var b0 = vec4f();
  var b1 = vec4f();
  var b2 = vec4f();
  var b3 = vec4f();

  let start = select(0u, 3u, g.c == 0u);
  for (var c = 0u; c < g.c; c++) {
    let plane = wid.z * g.x_model + (n * g.c + c) * g.h * g.w;
    let wa = wid.z * g.w_model + ((k + (lane & 7u)) * g.c + c) * 9u;
    var v00 = select(0.0, x[plane + row0 + column0], above && inside_column0);
    var v01 = select(0.0, x[plane + row0 + column1], above && inside_column1);
    var v02 = select(0.0, x[plane + row0 + column2], above && inside_column2);
    var v03 = select(0.0, x[plane + row0 + column3], above && inside_column3);
    // One kernel row a turn, the patch moving up. The start, which compilers do not know, keeps them from unrolling.
    for (var r = start; r < 3u; r++) {
      let inside_row = 2u * i + r < g.h;
      let row = plane + min(2u * i + r, g.h - 1u) * g.w;
      let v10 = select(0.0, x[row + column0], inside_row && inside_column0);
      let v11 = select(0.0, x[row + column1], inside_row && inside_column1);
      let v12 = select(0.0, x[row + column2], inside_row && inside_column2);
      let v13 = select(0.0, x[row + column3], inside_row && inside_column3);
      let w0 = w[wa + 3u * r + 0u];
      let aw0 = broadcast4(w0);
      let w1 = w[wa + 3u * r + 1u];
      let aw1 = broadcast4(w1);
      let w2 = w[wa + 3u * r + 2u];
      let aw2 = broadcast4(w2);
      // One expression a sum: SwiftShader loads and stores it at each assignment, lavapipe compiles and runs faster too.
      a0 = fma(aw2, vec4f(v02), fma(aw1, vec4f(v01), fma(aw0, vec4f(v00), a0)));
      a1 = fma(aw2, vec4f(v03), fma(aw1, vec4f(v02), fma(aw0, vec4f(v01), a1)));
      a2 = fma(aw2, vec4f(v12), fma(aw1, vec4f(v11), fma(aw0, vec4f(v10), a2)));
      a3 = fma(aw2, vec4f(v13), fma(aw1, vec4f(v12), fma(aw0, vec4f(v11), a3)));
      let bw0 = broadcast4_high(w0);
      let bw1 = broadcast4_high(w1);
      let bw2 = broadcast4_high(w2);
      b0 = fma(bw2, vec4f(v02), fma(bw1, vec4f(v01), fma(bw0, vec4f(v00), b0)));
      b1 = fma(bw2, vec4f(v03), fma(bw1, vec4f(v02), fma(bw0, vec4f(v01), b1)));
      b2 = fma(bw2, vec4f(v12), fma(bw1, vec4f(v11), fma(bw0, vec4f(v10), b2)));
      b3 = fma(bw2, vec4f(v13), fma(bw1, vec4f(v12), fma(bw0, vec4f(v11), b3)));
      v00 = v10;
      v01 = v11;
      v02 = v12;
      v03 = v13;
    }
  }
  let bias_at = wid.z * g.b_model + k + (lane & 7u);
  let bias = b[bias_at];
  let first = pool(a0, a1, a2, a3, broadcast4(bias));
  let second = pool(b0, b1, b2, b3, broadcast4_high(bias));

  // One channel a turn. The start, which compilers do not know, keeps them from unrolling: stores in a row take lavapipe long to compile.
  // Lanes past the end start at the end.
  let step = rows * columns;
  let inside_plane = i * columns + j;
  let at = wid.z * g.y_model + (n * g.k + k) * step + inside_plane;
  var value = first.value;
  for (var r = select(0u, 8u, id >= windows); r < 8u; r++) {
    y[at + r * step] = value.x;
    value = select(value.yzwx, second.value, r == 3u);
  }
  let all = (first.winner << vec4u(0u, 4u, 8u, 12u)) | (second.winner << vec4u(16u, 20u, 24u, 28u));
  if (id < windows) { tap[wid.z * g.tap_model + (n * blocks + block) * step + inside_plane] = all.x | all.y | all.z | all.w; }
}
