// conv_relu_pool forward for adapters with subgroups; what it computes and the shapes are in forward.naive.wgsl.
// A lane owns two neighbouring pool windows and eight output channels: 64 sums. Per input channel it loads a 4×6 patch and 72 weights.
// Lanes 0..3 load one weight each for four output channels and broadcast them: on software adapters a load is a gather, a broadcast is not.
// K is a multiple of 8. Lanes past the end repeat the last pair, so that control flow stays uniform, and store nothing.

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

// Stores eight channels of one window and returns their packed winners.
fn finish(at: u32, step: u32, first: Pooled, second: Pooled) -> u32 {
  store(at, step, first.value);
  store(at + 4u * step, step, second.value);
  let all = (first.winner << vec4u(0u, 4u, 8u, 12u)) | (second.winner << vec4u(16u, 20u, 24u, 28u));
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
  let rows = g.h / 2u;
  let columns = g.w / 2u;
  let pairs = (columns + 1u) / 2u;
  let places = g.n * rows * pairs;
  let blocks = g.k / 8u;
  let group = wid.y * count.x + wid.x;
  let tile = quotient(group, blocks);
  let block = group - tile * blocks;
  let k = block * 8u;
  let id = tile * LANES + lid;
  let pair = min(id, places - 1u);
  let n = quotient(pair, rows * pairs);
  let place = pair - n * rows * pairs;
  let i = quotient(place, pairs);
  let j = 2u * (place - i * pairs);

  // The 4×6 input patch starts one above and one left of the windows; outside the image a tap is 0.
  let row0 = min(max(2u * i + 0u, 1u) - 1u, g.h - 1u) * g.w;
  let row1 = min(max(2u * i + 1u, 1u) - 1u, g.h - 1u) * g.w;
  let row2 = min(max(2u * i + 2u, 1u) - 1u, g.h - 1u) * g.w;
  let row3 = min(max(2u * i + 3u, 1u) - 1u, g.h - 1u) * g.w;
  let above = i > 0u;
  let below = 2u * i + 2u < g.h;
  let column0 = min(max(2u * j + 0u, 1u) - 1u, g.w - 1u);
  let column1 = min(max(2u * j + 1u, 1u) - 1u, g.w - 1u);
  let column2 = min(max(2u * j + 2u, 1u) - 1u, g.w - 1u);
  let column3 = min(max(2u * j + 3u, 1u) - 1u, g.w - 1u);
  let column4 = min(max(2u * j + 4u, 1u) - 1u, g.w - 1u);
  let column5 = min(max(2u * j + 5u, 1u) - 1u, g.w - 1u);
  let before = j > 0u;
  let inside3 = 2u * j + 2u < g.w;
  let inside4 = 2u * j + 3u < g.w;
  let inside5 = 2u * j + 4u < g.w;
  var a0 = vec4f();
  var a1 = vec4f();
  var a2 = vec4f();
  var a3 = vec4f();
  var a4 = vec4f();
  var a5 = vec4f();
  var a6 = vec4f();
  var a7 = vec4f();
  var b0 = vec4f();
  var b1 = vec4f();
  var b2 = vec4f();
  var b3 = vec4f();
  var b4 = vec4f();
  var b5 = vec4f();
  var b6 = vec4f();
  var b7 = vec4f();

  for (var c = 0u; c < g.c; c++) {
    let plane = wid.z * g.x_model + (n * g.c + c) * g.h * g.w;
    let v00 = select(0.0, x[plane + row0 + column0], above && before);
    let v01 = select(0.0, x[plane + row0 + column1], above);
    let v02 = select(0.0, x[plane + row0 + column2], above);
    let v03 = select(0.0, x[plane + row0 + column3], above && inside3);
    let v04 = select(0.0, x[plane + row0 + column4], above && inside4);
    let v05 = select(0.0, x[plane + row0 + column5], above && inside5);
    let v10 = select(0.0, x[plane + row1 + column0], before);
    let v11 = x[plane + row1 + column1];
    let v12 = x[plane + row1 + column2];
    let v13 = select(0.0, x[plane + row1 + column3], inside3);
    let v14 = select(0.0, x[plane + row1 + column4], inside4);
    let v15 = select(0.0, x[plane + row1 + column5], inside5);
    let v20 = select(0.0, x[plane + row2 + column0], before);
    let v21 = x[plane + row2 + column1];
    let v22 = x[plane + row2 + column2];
    let v23 = select(0.0, x[plane + row2 + column3], inside3);
    let v24 = select(0.0, x[plane + row2 + column4], inside4);
    let v25 = select(0.0, x[plane + row2 + column5], inside5);
    let v30 = select(0.0, x[plane + row3 + column0], below && before);
    let v31 = select(0.0, x[plane + row3 + column1], below);
    let v32 = select(0.0, x[plane + row3 + column2], below);
    let v33 = select(0.0, x[plane + row3 + column3], below && inside3);
    let v34 = select(0.0, x[plane + row3 + column4], below && inside4);
    let v35 = select(0.0, x[plane + row3 + column5], below && inside5);
    let wa = wid.z * g.w_model + ((k + (lane & 3u)) * g.c + c) * 9u;
    let wb = wa + 36u * g.c;
    let aw0 = broadcast4(w[wa]);
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
    a4 = fma(aw8, vec4f(v24), fma(aw7, vec4f(v23), fma(aw6, vec4f(v22),
         fma(aw5, vec4f(v14), fma(aw4, vec4f(v13), fma(aw3, vec4f(v12),
         fma(aw2, vec4f(v04), fma(aw1, vec4f(v03), fma(aw0, vec4f(v02), a4)))))))));
    a5 = fma(aw8, vec4f(v25), fma(aw7, vec4f(v24), fma(aw6, vec4f(v23),
         fma(aw5, vec4f(v15), fma(aw4, vec4f(v14), fma(aw3, vec4f(v13),
         fma(aw2, vec4f(v05), fma(aw1, vec4f(v04), fma(aw0, vec4f(v03), a5)))))))));
    a6 = fma(aw8, vec4f(v34), fma(aw7, vec4f(v33), fma(aw6, vec4f(v32),
         fma(aw5, vec4f(v24), fma(aw4, vec4f(v23), fma(aw3, vec4f(v22),
         fma(aw2, vec4f(v14), fma(aw1, vec4f(v13), fma(aw0, vec4f(v12), a6)))))))));
    a7 = fma(aw8, vec4f(v35), fma(aw7, vec4f(v34), fma(aw6, vec4f(v33),
         fma(aw5, vec4f(v25), fma(aw4, vec4f(v24), fma(aw3, vec4f(v23),
         fma(aw2, vec4f(v15), fma(aw1, vec4f(v14), fma(aw0, vec4f(v13), a7)))))))));
    let bw0 = broadcast4(w[wb]);
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
    b4 = fma(bw8, vec4f(v24), fma(bw7, vec4f(v23), fma(bw6, vec4f(v22),
         fma(bw5, vec4f(v14), fma(bw4, vec4f(v13), fma(bw3, vec4f(v12),
         fma(bw2, vec4f(v04), fma(bw1, vec4f(v03), fma(bw0, vec4f(v02), b4)))))))));
    b5 = fma(bw8, vec4f(v25), fma(bw7, vec4f(v24), fma(bw6, vec4f(v23),
         fma(bw5, vec4f(v15), fma(bw4, vec4f(v14), fma(bw3, vec4f(v13),
         fma(bw2, vec4f(v05), fma(bw1, vec4f(v04), fma(bw0, vec4f(v03), b5)))))))));
    b6 = fma(bw8, vec4f(v34), fma(bw7, vec4f(v33), fma(bw6, vec4f(v32),
         fma(bw5, vec4f(v24), fma(bw4, vec4f(v23), fma(bw3, vec4f(v22),
         fma(bw2, vec4f(v14), fma(bw1, vec4f(v13), fma(bw0, vec4f(v12), b6)))))))));
    b7 = fma(bw8, vec4f(v35), fma(bw7, vec4f(v34), fma(bw6, vec4f(v33),
         fma(bw5, vec4f(v25), fma(bw4, vec4f(v24), fma(bw3, vec4f(v23),
         fma(bw2, vec4f(v15), fma(bw1, vec4f(v14), fma(bw0, vec4f(v13), b7)))))))));
  }
  let bias_at = wid.z * g.b_model + k + (lane & 3u);
  let bias_a = broadcast4(b[bias_at]);
  let bias_b = broadcast4(b[bias_at + 4u]);

  if (id >= places) { return; }
  let step = rows * columns;
  let inside_plane = i * columns + j;
  let at = wid.z * g.y_model + (n * g.k + k) * step + inside_plane;
  let tap_at = wid.z * g.tap_model + (n * blocks + block) * step + inside_plane;
  tap[tap_at] = finish(at, step, pool(a0, a1, a2, a3, bias_a), pool(b0, b1, b2, b3, bias_b));
  if (j + 1u < columns) {
    tap[tap_at + 1u] = finish(at + 1u, step, pool(a4, a5, a6, a7, bias_a), pool(b4, b5, b6, b7, bias_b));
  }
}
