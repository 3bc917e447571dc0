// conv_relu_pool data gradient for adapters with subgroups; what it computes and the shapes are in grad_input.naive.wgsl.
// A lane owns a 2×4 block of dx and eight input channels: 64 sums. Per output channel it unpools in registers the 4×6 patch
// up<row><column> of the gradient that the block sees, from the 3×4 pooled neighbourhood of dy; tap is loaded once for eight channels.
// Lanes 0..3 load one weight each for four channels and broadcast them. C is a multiple of 8. Lanes past the end store nothing.

enable subgroups;

struct Params { n: u32, c: u32, h: u32, w: u32, k: u32, dy_model: u32, tap_model: u32, w_model: u32, dx_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> tap: array<u32>;
@group(0) @binding(3) var<storage, read> w: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

const LANES = 16u;

fn broadcast4(v: f32) -> vec4f {
  return vec4f(quadBroadcast(v, 0u), quadBroadcast(v, 1u), quadBroadcast(v, 2u), quadBroadcast(v, 3u));
}

fn store(at: u32, step: u32, v: vec4f) {
  dx[at] = v.x;
  dx[at + step] = v.y;
  dx[at + 2u * step] = v.z;
  dx[at + 3u * step] = v.w;
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
  let size = rows * columns;
  let places = g.n * rows * pairs;
  let blocks = g.c / 8u;
  let words = (g.k + 7u) / 8u;
  let group = wid.y * count.x + wid.x;
  let tile = quotient(group, blocks);
  let c = (group - tile * blocks) * 8u;
  let id = tile * LANES + lid;
  let pair = min(id, places - 1u);
  let n = quotient(pair, rows * pairs);
  let place = pair - n * rows * pairs;
  let i = quotient(place, pairs);
  let j = 2u * (place - i * pairs);

  // Pooled neighbours: rows i−1 .. i+1 and columns j−1 .. j+2, clamped; what lies outside the image gives 0.
  let row0 = (max(i, 1u) - 1u) * columns;
  let row1 = i * columns;
  let row2 = min(i + 1u, rows - 1u) * columns;
  let column0 = max(j, 1u) - 1u;
  let column2 = min(j + 1u, columns - 1u);
  let column3 = min(j + 2u, columns - 1u);
  let above = i > 0u;
  let below = i + 1u < rows;
  let inside0 = j > 0u;
  let inside2 = j + 1u < columns;
  let inside3 = j + 2u < columns;
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

  for (var word = 0u; word < words; word++) {
    // Winners of eight output channels at the twelve neighbours: four bits a channel.
    let tap_at = wid.z * g.tap_model + (n * words + word) * size;
    var t00 = tap[tap_at + row0 + column0];
    var t01 = tap[tap_at + row0 + j];
    var t02 = tap[tap_at + row0 + column2];
    var t03 = tap[tap_at + row0 + column3];
    var t10 = tap[tap_at + row1 + column0];
    var t11 = tap[tap_at + row1 + j];
    var t12 = tap[tap_at + row1 + column2];
    var t13 = tap[tap_at + row1 + column3];
    var t20 = tap[tap_at + row2 + column0];
    var t21 = tap[tap_at + row2 + j];
    var t22 = tap[tap_at + row2 + column2];
    var t23 = tap[tap_at + row2 + column3];
    for (var channel = 0u; channel < min(8u, g.k - word * 8u); channel++) {
      let k = word * 8u + channel;
      let dy_at = wid.z * g.dy_model + (n * g.k + k) * size;
      let d00 = select(0.0, dy[dy_at + row0 + column0], above && inside0);
      let d01 = select(0.0, dy[dy_at + row0 + j], above);
      let d02 = select(0.0, dy[dy_at + row0 + column2], above && inside2);
      let d03 = select(0.0, dy[dy_at + row0 + column3], above && inside3);
      let d10 = select(0.0, dy[dy_at + row1 + column0], inside0);
      let d11 = dy[dy_at + row1 + j];
      let d12 = select(0.0, dy[dy_at + row1 + column2], inside2);
      let d13 = select(0.0, dy[dy_at + row1 + column3], inside3);
      let d20 = select(0.0, dy[dy_at + row2 + column0], below && inside0);
      let d21 = select(0.0, dy[dy_at + row2 + j], below);
      let d22 = select(0.0, dy[dy_at + row2 + column2], below && inside2);
      let d23 = select(0.0, dy[dy_at + row2 + column3], below && inside3);
      let up00 = select(0.0, d00, (t00 & 15u) == 3u);
      let up01 = select(0.0, d01, (t01 & 15u) == 2u);
      let up02 = select(0.0, d01, (t01 & 15u) == 3u);
      let up03 = select(0.0, d02, (t02 & 15u) == 2u);
      let up04 = select(0.0, d02, (t02 & 15u) == 3u);
      let up05 = select(0.0, d03, (t03 & 15u) == 2u);
      let up10 = select(0.0, d10, (t10 & 15u) == 1u);
      let up11 = select(0.0, d11, (t11 & 15u) == 0u);
      let up12 = select(0.0, d11, (t11 & 15u) == 1u);
      let up13 = select(0.0, d12, (t12 & 15u) == 0u);
      let up14 = select(0.0, d12, (t12 & 15u) == 1u);
      let up15 = select(0.0, d13, (t13 & 15u) == 0u);
      let up20 = select(0.0, d10, (t10 & 15u) == 3u);
      let up21 = select(0.0, d11, (t11 & 15u) == 2u);
      let up22 = select(0.0, d11, (t11 & 15u) == 3u);
      let up23 = select(0.0, d12, (t12 & 15u) == 2u);
      let up24 = select(0.0, d12, (t12 & 15u) == 3u);
      let up25 = select(0.0, d13, (t13 & 15u) == 2u);
      let up30 = select(0.0, d20, (t20 & 15u) == 1u);
      let up31 = select(0.0, d21, (t21 & 15u) == 0u);
      let up32 = select(0.0, d21, (t21 & 15u) == 1u);
      let up33 = select(0.0, d22, (t22 & 15u) == 0u);
      let up34 = select(0.0, d22, (t22 & 15u) == 1u);
      let up35 = select(0.0, d23, (t23 & 15u) == 0u);
      let wa = wid.z * g.w_model + (k * g.c + c + (lane & 3u)) * 9u;
      let wb = wa + 36u;
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
      a0 = fma(aw8, vec4f(up00), fma(aw7, vec4f(up01), fma(aw6, vec4f(up02),
           fma(aw5, vec4f(up10), fma(aw4, vec4f(up11), fma(aw3, vec4f(up12),
           fma(aw2, vec4f(up20), fma(aw1, vec4f(up21), fma(aw0, vec4f(up22), a0)))))))));
      a1 = fma(aw8, vec4f(up01), fma(aw7, vec4f(up02), fma(aw6, vec4f(up03),
           fma(aw5, vec4f(up11), fma(aw4, vec4f(up12), fma(aw3, vec4f(up13),
           fma(aw2, vec4f(up21), fma(aw1, vec4f(up22), fma(aw0, vec4f(up23), a1)))))))));
      a2 = fma(aw8, vec4f(up02), fma(aw7, vec4f(up03), fma(aw6, vec4f(up04),
           fma(aw5, vec4f(up12), fma(aw4, vec4f(up13), fma(aw3, vec4f(up14),
           fma(aw2, vec4f(up22), fma(aw1, vec4f(up23), fma(aw0, vec4f(up24), a2)))))))));
      a3 = fma(aw8, vec4f(up03), fma(aw7, vec4f(up04), fma(aw6, vec4f(up05),
           fma(aw5, vec4f(up13), fma(aw4, vec4f(up14), fma(aw3, vec4f(up15),
           fma(aw2, vec4f(up23), fma(aw1, vec4f(up24), fma(aw0, vec4f(up25), a3)))))))));
      a4 = fma(aw8, vec4f(up10), fma(aw7, vec4f(up11), fma(aw6, vec4f(up12),
           fma(aw5, vec4f(up20), fma(aw4, vec4f(up21), fma(aw3, vec4f(up22),
           fma(aw2, vec4f(up30), fma(aw1, vec4f(up31), fma(aw0, vec4f(up32), a4)))))))));
      a5 = fma(aw8, vec4f(up11), fma(aw7, vec4f(up12), fma(aw6, vec4f(up13),
           fma(aw5, vec4f(up21), fma(aw4, vec4f(up22), fma(aw3, vec4f(up23),
           fma(aw2, vec4f(up31), fma(aw1, vec4f(up32), fma(aw0, vec4f(up33), a5)))))))));
      a6 = fma(aw8, vec4f(up12), fma(aw7, vec4f(up13), fma(aw6, vec4f(up14),
           fma(aw5, vec4f(up22), fma(aw4, vec4f(up23), fma(aw3, vec4f(up24),
           fma(aw2, vec4f(up32), fma(aw1, vec4f(up33), fma(aw0, vec4f(up34), a6)))))))));
      a7 = fma(aw8, vec4f(up13), fma(aw7, vec4f(up14), fma(aw6, vec4f(up15),
           fma(aw5, vec4f(up23), fma(aw4, vec4f(up24), fma(aw3, vec4f(up25),
           fma(aw2, vec4f(up33), fma(aw1, vec4f(up34), fma(aw0, vec4f(up35), a7)))))))));
      let bw0 = broadcast4(w[wb]);
      let bw1 = broadcast4(w[wb + 1u]);
      let bw2 = broadcast4(w[wb + 2u]);
      let bw3 = broadcast4(w[wb + 3u]);
      let bw4 = broadcast4(w[wb + 4u]);
      let bw5 = broadcast4(w[wb + 5u]);
      let bw6 = broadcast4(w[wb + 6u]);
      let bw7 = broadcast4(w[wb + 7u]);
      let bw8 = broadcast4(w[wb + 8u]);
      b0 = fma(bw8, vec4f(up00), fma(bw7, vec4f(up01), fma(bw6, vec4f(up02),
           fma(bw5, vec4f(up10), fma(bw4, vec4f(up11), fma(bw3, vec4f(up12),
           fma(bw2, vec4f(up20), fma(bw1, vec4f(up21), fma(bw0, vec4f(up22), b0)))))))));
      b1 = fma(bw8, vec4f(up01), fma(bw7, vec4f(up02), fma(bw6, vec4f(up03),
           fma(bw5, vec4f(up11), fma(bw4, vec4f(up12), fma(bw3, vec4f(up13),
           fma(bw2, vec4f(up21), fma(bw1, vec4f(up22), fma(bw0, vec4f(up23), b1)))))))));
      b2 = fma(bw8, vec4f(up02), fma(bw7, vec4f(up03), fma(bw6, vec4f(up04),
           fma(bw5, vec4f(up12), fma(bw4, vec4f(up13), fma(bw3, vec4f(up14),
           fma(bw2, vec4f(up22), fma(bw1, vec4f(up23), fma(bw0, vec4f(up24), b2)))))))));
      b3 = fma(bw8, vec4f(up03), fma(bw7, vec4f(up04), fma(bw6, vec4f(up05),
           fma(bw5, vec4f(up13), fma(bw4, vec4f(up14), fma(bw3, vec4f(up15),
           fma(bw2, vec4f(up23), fma(bw1, vec4f(up24), fma(bw0, vec4f(up25), b3)))))))));
      b4 = fma(bw8, vec4f(up10), fma(bw7, vec4f(up11), fma(bw6, vec4f(up12),
           fma(bw5, vec4f(up20), fma(bw4, vec4f(up21), fma(bw3, vec4f(up22),
           fma(bw2, vec4f(up30), fma(bw1, vec4f(up31), fma(bw0, vec4f(up32), b4)))))))));
      b5 = fma(bw8, vec4f(up11), fma(bw7, vec4f(up12), fma(bw6, vec4f(up13),
           fma(bw5, vec4f(up21), fma(bw4, vec4f(up22), fma(bw3, vec4f(up23),
           fma(bw2, vec4f(up31), fma(bw1, vec4f(up32), fma(bw0, vec4f(up33), b5)))))))));
      b6 = fma(bw8, vec4f(up12), fma(bw7, vec4f(up13), fma(bw6, vec4f(up14),
           fma(bw5, vec4f(up22), fma(bw4, vec4f(up23), fma(bw3, vec4f(up24),
           fma(bw2, vec4f(up32), fma(bw1, vec4f(up33), fma(bw0, vec4f(up34), b6)))))))));
      b7 = fma(bw8, vec4f(up13), fma(bw7, vec4f(up14), fma(bw6, vec4f(up15),
           fma(bw5, vec4f(up23), fma(bw4, vec4f(up24), fma(bw3, vec4f(up25),
           fma(bw2, vec4f(up33), fma(bw1, vec4f(up34), fma(bw0, vec4f(up35), b7)))))))));
      t00 >>= 4u;
      t01 >>= 4u;
      t02 >>= 4u;
      t03 >>= 4u;
      t10 >>= 4u;
      t11 >>= 4u;
      t12 >>= 4u;
      t13 >>= 4u;
      t20 >>= 4u;
      t21 >>= 4u;
      t22 >>= 4u;
      t23 >>= 4u;
    }
  }

  if (id >= places) { return; }
  let step = g.h * g.w;
  let at = wid.z * g.dx_model + (n * g.c + c) * step + 2u * i * g.w + 2u * j;
  store(at, step, a0);
  store(at + 1u, step, a1);
  store(at + g.w, step, a4);
  store(at + g.w + 1u, step, a5);
  store(at + 4u * step, step, b0);
  store(at + 4u * step + 1u, step, b1);
  store(at + 4u * step + g.w, step, b4);
  store(at + 4u * step + g.w + 1u, step, b5);
  if (!inside2) { return; }
  store(at + 2u, step, a2);
  store(at + 3u, step, a3);
  store(at + g.w + 2u, step, a6);
  store(at + g.w + 3u, step, a7);
  store(at + 4u * step + 2u, step, b2);
  store(at + 4u * step + 3u, step, b3);
  store(at + 4u * step + g.w + 2u, step, b6);
  store(at + 4u * step + g.w + 3u, step, b7);
}
