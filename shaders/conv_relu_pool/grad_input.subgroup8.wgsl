// conv_relu_pool data gradient for adapters with subgroups of eight lanes or more; what it computes and the shapes are in grad_input.naive.wgsl.
// A lane owns a 2×2 block of dx and eight input channels: 32 sums. Per output channel it unpools in registers the 4×4 patch
// up<row><column> of the gradient that the block sees, from the 3×3 pooled neighbourhood of dy; tap is loaded once for eight channels.
// Lanes 0..7 load one weight each and broadcast them. C is a multiple of 8. Lanes past the end store nothing.

enable subgroups;

struct Params { n: u32, c: u32, h: u32, w: u32, k: u32, dy_model: u32, tap_model: u32, w_model: u32, dx_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> tap: array<u32>;
@group(0) @binding(3) var<storage, read> w: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

const LANES = 16u;

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
  let size = rows * columns;
  let blocks = g.c / 8u;
  let words = (g.k + 7u) / 8u;
  let group = wid.y * count.x + wid.x;
  let tile = quotient(group, blocks);
  let c = (group - tile * blocks) * 8u;
  let id = tile * LANES + lid;
  let block = min(id, g.n * size - 1u);
  let n = quotient(block, size);
  let place = block - n * size;
  let i = quotient(place, columns);
  let j = place - i * columns;

  // Pooled neighbours: rows i−1, i, i+1 and columns j−1, j, j+1, clamped; what lies outside the image gives 0.
  let row0 = (max(i, 1u) - 1u) * columns;
  let row1 = i * columns;
  let row2 = min(i + 1u, rows - 1u) * columns;
  let left = max(j, 1u) - 1u;
  let right = min(j + 1u, columns - 1u);
  let above = i > 0u;
  let below = i + 1u < rows;
  let before = j > 0u;
  let after = j + 1u < columns;
  var a0 = vec4f();
  var a1 = vec4f();
  var a2 = vec4f();
  var a3 = vec4f();
  var b0 = vec4f();
  var b1 = vec4f();
  var b2 = vec4f();
  var b3 = vec4f();

  for (var word = 0u; word < words; word++) {
    // Winners of eight output channels at the nine neighbours: four bits a channel.
    let tap_at = wid.z * g.tap_model + (n * words + word) * size;
    var t00 = tap[tap_at + row0 + left];
    var t01 = tap[tap_at + row0 + j];
    var t02 = tap[tap_at + row0 + right];
    var t10 = tap[tap_at + row1 + left];
    var t11 = tap[tap_at + row1 + j];
    var t12 = tap[tap_at + row1 + right];
    var t20 = tap[tap_at + row2 + left];
    var t21 = tap[tap_at + row2 + j];
    var t22 = tap[tap_at + row2 + right];
    for (var channel = 0u; channel < min(8u, g.k - word * 8u); channel++) {
      let k = word * 8u + channel;
      let dy_at = wid.z * g.dy_model + (n * g.k + k) * size;
      let wa = wid.z * g.w_model + (k * g.c + c + (lane & 7u)) * 9u;
      let d00 = select(0.0, dy[dy_at + row0 + left], above && before);
      let d01 = select(0.0, dy[dy_at + row0 + j], above);
      let d02 = select(0.0, dy[dy_at + row0 + right], above && after);
      let d10 = select(0.0, dy[dy_at + row1 + left], before);
      let d11 = dy[dy_at + row1 + j];
      let d12 = select(0.0, dy[dy_at + row1 + right], after);
      let d20 = select(0.0, dy[dy_at + row2 + left], below && before);
      let d21 = select(0.0, dy[dy_at + row2 + j], below);
      let d22 = select(0.0, dy[dy_at + row2 + right], below && after);
      // Patch row 0 is the lower half of the pooled row above, rows 1 and 2 are this one, row 3 the upper half of the one below.
      let up00 = select(0.0, d00, (t00 & 15u) == 3u);
      let up01 = select(0.0, d01, (t01 & 15u) == 2u);
      let up02 = select(0.0, d01, (t01 & 15u) == 3u);
      let up03 = select(0.0, d02, (t02 & 15u) == 2u);
      let up10 = select(0.0, d10, (t10 & 15u) == 1u);
      let up11 = select(0.0, d11, (t11 & 15u) == 0u);
      let up12 = select(0.0, d11, (t11 & 15u) == 1u);
      let up13 = select(0.0, d12, (t12 & 15u) == 0u);
      let up20 = select(0.0, d10, (t10 & 15u) == 3u);
      let up21 = select(0.0, d11, (t11 & 15u) == 2u);
      let up22 = select(0.0, d11, (t11 & 15u) == 3u);
      let up23 = select(0.0, d12, (t12 & 15u) == 2u);
      let up30 = select(0.0, d20, (t20 & 15u) == 1u);
      let up31 = select(0.0, d21, (t21 & 15u) == 0u);
      let up32 = select(0.0, d21, (t21 & 15u) == 1u);
      let up33 = select(0.0, d22, (t22 & 15u) == 0u);
      let w0 = w[wa + 0u];
      let aw0 = broadcast4(w0);
      let w1 = w[wa + 1u];
      let aw1 = broadcast4(w1);
      let w2 = w[wa + 2u];
      let aw2 = broadcast4(w2);
      let w3 = w[wa + 3u];
      let aw3 = broadcast4(w3);
      let w4 = w[wa + 4u];
      let aw4 = broadcast4(w4);
      let w5 = w[wa + 5u];
      let aw5 = broadcast4(w5);
      let w6 = w[wa + 6u];
      let aw6 = broadcast4(w6);
      let w7 = w[wa + 7u];
      let aw7 = broadcast4(w7);
      let w8 = w[wa + 8u];
      let aw8 = broadcast4(w8);
      // One expression a sum: SwiftShader loads and stores it at each assignment, lavapipe compiles and runs faster too.
      a0 = fma(aw8, vec4f(up00), fma(aw7, vec4f(up01), fma(aw6, vec4f(up02),
           fma(aw5, vec4f(up10), fma(aw4, vec4f(up11), fma(aw3, vec4f(up12),
           fma(aw2, vec4f(up20), fma(aw1, vec4f(up21), fma(aw0, vec4f(up22), a0)))))))));
      a1 = fma(aw8, vec4f(up01), fma(aw7, vec4f(up02), fma(aw6, vec4f(up03),
           fma(aw5, vec4f(up11), fma(aw4, vec4f(up12), fma(aw3, vec4f(up13),
           fma(aw2, vec4f(up21), fma(aw1, vec4f(up22), fma(aw0, vec4f(up23), a1)))))))));
      a2 = fma(aw8, vec4f(up10), fma(aw7, vec4f(up11), fma(aw6, vec4f(up12),
           fma(aw5, vec4f(up20), fma(aw4, vec4f(up21), fma(aw3, vec4f(up22),
           fma(aw2, vec4f(up30), fma(aw1, vec4f(up31), fma(aw0, vec4f(up32), a2)))))))));
      a3 = fma(aw8, vec4f(up11), fma(aw7, vec4f(up12), fma(aw6, vec4f(up13),
           fma(aw5, vec4f(up21), fma(aw4, vec4f(up22), fma(aw3, vec4f(up23),
           fma(aw2, vec4f(up31), fma(aw1, vec4f(up32), fma(aw0, vec4f(up33), a3)))))))));
      let bw0 = broadcast4_high(w0);
      let bw1 = broadcast4_high(w1);
      let bw2 = broadcast4_high(w2);
      let bw3 = broadcast4_high(w3);
      let bw4 = broadcast4_high(w4);
      let bw5 = broadcast4_high(w5);
      let bw6 = broadcast4_high(w6);
      let bw7 = broadcast4_high(w7);
      let bw8 = broadcast4_high(w8);
      b0 = fma(bw8, vec4f(up00), fma(bw7, vec4f(up01), fma(bw6, vec4f(up02),
           fma(bw5, vec4f(up10), fma(bw4, vec4f(up11), fma(bw3, vec4f(up12),
           fma(bw2, vec4f(up20), fma(bw1, vec4f(up21), fma(bw0, vec4f(up22), b0)))))))));
      b1 = fma(bw8, vec4f(up01), fma(bw7, vec4f(up02), fma(bw6, vec4f(up03),
           fma(bw5, vec4f(up11), fma(bw4, vec4f(up12), fma(bw3, vec4f(up13),
           fma(bw2, vec4f(up21), fma(bw1, vec4f(up22), fma(bw0, vec4f(up23), b1)))))))));
      b2 = fma(bw8, vec4f(up10), fma(bw7, vec4f(up11), fma(bw6, vec4f(up12),
           fma(bw5, vec4f(up20), fma(bw4, vec4f(up21), fma(bw3, vec4f(up22),
           fma(bw2, vec4f(up30), fma(bw1, vec4f(up31), fma(bw0, vec4f(up32), b2)))))))));
      b3 = fma(bw8, vec4f(up11), fma(bw7, vec4f(up12), fma(bw6, vec4f(up13),
           fma(bw5, vec4f(up21), fma(bw4, vec4f(up22), fma(bw3, vec4f(up23),
           fma(bw2, vec4f(up31), fma(bw1, vec4f(up32), fma(bw0, vec4f(up33), b3)))))))));
      t00 >>= 4u;
      t01 >>= 4u;
      t02 >>= 4u;
      t10 >>= 4u;
      t11 >>= 4u;
      t12 >>= 4u;
      t20 >>= 4u;
      t21 >>= 4u;
      t22 >>= 4u;
    }
  }

  // One channel a turn, the sums moving up. The start, which compilers do not know, keeps them from unrolling: stores in a row take
  // lavapipe long to compile. Lanes past the end start at the end.
  let step = g.h * g.w;
  let at = wid.z * g.dx_model + (n * g.c + c) * step + 2u * i * g.w + 2u * j;
  for (var r = select(0u, 8u, id >= g.n * size); r < 8u; r++) {
    let here = at + r * step;
    dx[here] = a0.x;
    dx[here + 1u] = a1.x;
    dx[here + g.w] = a2.x;
    dx[here + g.w + 1u] = a3.x;
    let half = r == 3u;
    a0 = select(a0.yzwx, b0, half);
    a1 = select(a1.yzwx, b1, half);
    a2 = select(a2.yzwx, b2, half);
    a3 = select(a3.yzwx, b3, half);
  }
}
