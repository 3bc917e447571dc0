// conv_relu_pool forward for adapters with subgroups; what it computes and the shapes are in forward.naive.wgsl.
// A lane owns one 2×2 pool window and eight output channels: 32 sums in registers. Per input channel it loads a 4×4 patch and 72 weights.
// Lanes 0..3 load one weight each for four output channels and broadcast them: on software adapters a load is a gather, a broadcast is not.
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

fn broadcast4(v: f32) -> vec4f {
  return vec4f(quadBroadcast(v, 0u), quadBroadcast(v, 1u), quadBroadcast(v, 2u), quadBroadcast(v, 3u));
}

fn store(at: u32, step: u32, v: vec4f) {
  y[at] = v.x;
  y[at + step] = v.y;
  y[at + 2u * step] = v.z;
  y[at + 3u * step] = v.w;
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
  let row0 = min(max(2u * i + 0u, 1u) - 1u, g.h - 1u) * g.w;
  let inside_row0 = 2u * i + 0u >= 1u && 2u * i + 0u <= g.h;
  let row1 = min(max(2u * i + 1u, 1u) - 1u, g.h - 1u) * g.w;
  let inside_row1 = 2u * i + 1u >= 1u && 2u * i + 1u <= g.h;
  let row2 = min(max(2u * i + 2u, 1u) - 1u, g.h - 1u) * g.w;
  let inside_row2 = 2u * i + 2u >= 1u && 2u * i + 2u <= g.h;
  let row3 = min(max(2u * i + 3u, 1u) - 1u, g.h - 1u) * g.w;
  let inside_row3 = 2u * i + 3u >= 1u && 2u * i + 3u <= g.h;
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

  for (var c = 0u; c < g.c; c++) {
    let plane = wid.z * g.x_model + (n * g.c + c) * g.h * g.w;
    let v00 = select(0.0, x[plane + row0 + column0], inside_row0 && inside_column0);
    let v01 = select(0.0, x[plane + row0 + column1], inside_row0 && inside_column1);
    let v02 = select(0.0, x[plane + row0 + column2], inside_row0 && inside_column2);
    let v03 = select(0.0, x[plane + row0 + column3], inside_row0 && inside_column3);
    let v10 = select(0.0, x[plane + row1 + column0], inside_row1 && inside_column0);
    let v11 = select(0.0, x[plane + row1 + column1], inside_row1 && inside_column1);
    let v12 = select(0.0, x[plane + row1 + column2], inside_row1 && inside_column2);
    let v13 = select(0.0, x[plane + row1 + column3], inside_row1 && inside_column3);
    let v20 = select(0.0, x[plane + row2 + column0], inside_row2 && inside_column0);
    let v21 = select(0.0, x[plane + row2 + column1], inside_row2 && inside_column1);
    let v22 = select(0.0, x[plane + row2 + column2], inside_row2 && inside_column2);
    let v23 = select(0.0, x[plane + row2 + column3], inside_row2 && inside_column3);
    let v30 = select(0.0, x[plane + row3 + column0], inside_row3 && inside_column0);
    let v31 = select(0.0, x[plane + row3 + column1], inside_row3 && inside_column1);
    let v32 = select(0.0, x[plane + row3 + column2], inside_row3 && inside_column2);
    let v33 = select(0.0, x[plane + row3 + column3], inside_row3 && inside_column3);
    let wa = wid.z * g.w_model + ((k + (lane & 3u)) * g.c + c) * 9u;
    let wb = wa + 36u * g.c;
    let aw0 = broadcast4(w[wa + 0u]);
    let aw1 = broadcast4(w[wa + 1u]);
    let aw2 = broadcast4(w[wa + 2u]);
    let aw3 = broadcast4(w[wa + 3u]);
    let aw4 = broadcast4(w[wa + 4u]);
    let aw5 = broadcast4(w[wa + 5u]);
    let aw6 = broadcast4(w[wa + 6u]);
    let aw7 = broadcast4(w[wa + 7u]);
    let aw8 = broadcast4(w[wa + 8u]);
    // One expression a sum: SwiftShader loads and stores it at each assignment, lavapipe compiles and runs faster too.
    a0 = fma(aw8, vec4f(v22), fma(aw7, vec4f(v21), fma(aw6, vec4f(v20),
         fma(aw5, vec4f(v12), fma(aw4, vec4f(v11), fma(aw3, vec4f(v10),
         fma(aw2, vec4f(v02), fma(aw1, vec4f(v01), fma(aw0, vec4f(v00), a0)))))))));
    a1 = fma(aw8, vec4f(v23), fma(aw7, vec4f(v22), fma(aw6, vec4f(v21),
         fma(aw5, vec4f(v13), fma(aw4, vec4f(v12), fma(aw3, vec4f(v11),
         fma(aw2, vec4f(v03), fma(aw1, vec4f(v02), fma(aw0, vec4f(v01), a1)))))))));
    a2 = fma(aw8, vec4f(v32), fma(aw7, vec4f(v31), fma(aw6, vec4f(v30),
         fma(aw5, vec4f(v22), fma(aw4, vec4f(v21), fma(aw3, vec4f(v20),
         fma(aw2, vec4f(v12), fma(aw1, vec4f(v11), fma(aw0, vec4f(v10), a2)))))))));
    a3 = fma(aw8, vec4f(v33), fma(aw7, vec4f(v32), fma(aw6, vec4f(v31),
         fma(aw5, vec4f(v23), fma(aw4, vec4f(v22), fma(aw3, vec4f(v21),
         fma(aw2, vec4f(v13), fma(aw1, vec4f(v12), fma(aw0, vec4f(v11), a3)))))))));
    let bw0 = broadcast4(w[wb + 0u]);
    let bw1 = broadcast4(w[wb + 1u]);
    let bw2 = broadcast4(w[wb + 2u]);
    let bw3 = broadcast4(w[wb + 3u]);
    let bw4 = broadcast4(w[wb + 4u]);
    let bw5 = broadcast4(w[wb + 5u]);
    let bw6 = broadcast4(w[wb + 6u]);
    let bw7 = broadcast4(w[wb + 7u]);
    let bw8 = broadcast4(w[wb + 8u]);
    b0 = fma(bw8, vec4f(v22), fma(bw7, vec4f(v21), fma(bw6, vec4f(v20),
         fma(bw5, vec4f(v12), fma(bw4, vec4f(v11), fma(bw3, vec4f(v10),
         fma(bw2, vec4f(v02), fma(bw1, vec4f(v01), fma(bw0, vec4f(v00), b0)))))))));
    b1 = fma(bw8, vec4f(v23), fma(bw7, vec4f(v22), fma(bw6, vec4f(v21),
         fma(bw5, vec4f(v13), fma(bw4, vec4f(v12), fma(bw3, vec4f(v11),
         fma(bw2, vec4f(v03), fma(bw1, vec4f(v02), fma(bw0, vec4f(v01), b1)))))))));
    b2 = fma(bw8, vec4f(v32), fma(bw7, vec4f(v31), fma(bw6, vec4f(v30),
         fma(bw5, vec4f(v22), fma(bw4, vec4f(v21), fma(bw3, vec4f(v20),
         fma(bw2, vec4f(v12), fma(bw1, vec4f(v11), fma(bw0, vec4f(v10), b2)))))))));
    b3 = fma(bw8, vec4f(v33), fma(bw7, vec4f(v32), fma(bw6, vec4f(v31),
         fma(bw5, vec4f(v23), fma(bw4, vec4f(v22), fma(bw3, vec4f(v21),
         fma(bw2, vec4f(v13), fma(bw1, vec4f(v12), fma(bw0, vec4f(v11), b3)))))))));
  }
  let bias_at = wid.z * g.b_model + k + (lane & 3u);
  let first = pool(a0, a1, a2, a3, broadcast4(b[bias_at]));
  let second = pool(b0, b1, b2, b3, broadcast4(b[bias_at + 4u]));

  if (id >= windows) { return; }
  let step = rows * columns;
  let inside_plane = i * columns + j;
  let at = wid.z * g.y_model + (n * g.k + k) * step + inside_plane;
  store(at, step, first.value);
  store(at + 4u * step, step, second.value);
  let low = first.winner << vec4u(0u, 4u, 8u, 12u);
  let high = second.winner << vec4u(16u, 20u, 24u, 28u);
  let all = low | high;
  tap[wid.z * g.tap_model + (n * blocks + block) * step + inside_plane] = all.x | all.y | all.z | all.w;
}
