// conv_relu_pool data gradient for adapters with subgroups; what it computes and the shapes are in grad_input.naive.wgsl.
// A lane owns a 2×2 block of dx and eight input channels. Per output channel it reads the 3×3 pooled neighbourhood of dy and tap,
// unpools it in registers to the 4×4 patch up<row><column> that the block sees, and adds 288 products. C is a multiple of 8.
// Lanes 0..3 load one weight each for four channels and broadcast them. Lanes past the end repeat the last block and store nothing.

enable subgroups;

struct Params { n: u32, c: u32, h: u32, w: u32, k: u32, dy_model: u32, tap_model: u32, w_model: u32, dx_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> tap: array<u32>;
@group(0) @binding(3) var<storage, read> w: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

const LANES = 16u;

fn broadcast4(v: f32) -> vec4f {
  return vec4f(subgroupBroadcast(v, 0u), subgroupBroadcast(v, 1u), subgroupBroadcast(v, 2u), subgroupBroadcast(v, 3u));
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
  let blocks = g.c / 8u;
  let group = wid.y * count.x + wid.x;
  let c = (group % blocks) * 8u;
  let id = (group / blocks) * LANES + lid;
  let block = min(id, g.n * rows * columns - 1u);
  let n = block / (rows * columns);
  let i = (block / columns) % rows;
  let j = block % columns;

  let row0 = (max(i, 1u) - 1u) * columns;
  let row1 = i * columns;
  let row2 = min(i + 1u, rows - 1u) * columns;
  let column0 = max(j, 1u) - 1u;
  let column2 = min(j + 1u, columns - 1u);
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

  for (var k = 0u; k < g.k; k++) {
    let plane = (n * g.k + k) * rows * columns;
    let dy_at = wid.z * g.dy_model + plane;
    let tap_at = wid.z * g.tap_model + plane;
    let d00 = select(0.0, dy[dy_at + row0 + column0], above && before);
    let t00 = tap[tap_at + row0 + column0];
    let d01 = select(0.0, dy[dy_at + row0 + j], above);
    let t01 = tap[tap_at + row0 + j];
    let d02 = select(0.0, dy[dy_at + row0 + column2], above && after);
    let t02 = tap[tap_at + row0 + column2];
    let d10 = select(0.0, dy[dy_at + row1 + column0], before);
    let t10 = tap[tap_at + row1 + column0];
    let d11 = dy[dy_at + row1 + j];
    let t11 = tap[tap_at + row1 + j];
    let d12 = select(0.0, dy[dy_at + row1 + column2], after);
    let t12 = tap[tap_at + row1 + column2];
    let d20 = select(0.0, dy[dy_at + row2 + column0], below && before);
    let t20 = tap[tap_at + row2 + column0];
    let d21 = select(0.0, dy[dy_at + row2 + j], below);
    let t21 = tap[tap_at + row2 + j];
    let d22 = select(0.0, dy[dy_at + row2 + column2], below && after);
    let t22 = tap[tap_at + row2 + column2];
    let up00 = select(0.0, d00, t00 == 3u);
    let up01 = select(0.0, d01, t01 == 2u);
    let up02 = select(0.0, d01, t01 == 3u);
    let up03 = select(0.0, d02, t02 == 2u);
    let up10 = select(0.0, d10, t10 == 1u);
    let up11 = select(0.0, d11, t11 == 0u);
    let up12 = select(0.0, d11, t11 == 1u);
    let up13 = select(0.0, d12, t12 == 0u);
    let up20 = select(0.0, d10, t10 == 3u);
    let up21 = select(0.0, d11, t11 == 2u);
    let up22 = select(0.0, d11, t11 == 3u);
    let up23 = select(0.0, d12, t12 == 2u);
    let up30 = select(0.0, d20, t20 == 1u);
    let up31 = select(0.0, d21, t21 == 0u);
    let up32 = select(0.0, d21, t21 == 1u);
    let up33 = select(0.0, d22, t22 == 0u);
    let wa = wid.z * g.w_model + (k * g.c + c + (lane & 3u)) * 9u;
    let wb = wa + 36u;
    let aw0 = broadcast4(w[wa + 0u]);
    a0 = fma(aw0, vec4f(up22), a0);
    a1 = fma(aw0, vec4f(up23), a1);
    a2 = fma(aw0, vec4f(up32), a2);
    a3 = fma(aw0, vec4f(up33), a3);
    let bw0 = broadcast4(w[wb + 0u]);
    b0 = fma(bw0, vec4f(up22), b0);
    b1 = fma(bw0, vec4f(up23), b1);
    b2 = fma(bw0, vec4f(up32), b2);
    b3 = fma(bw0, vec4f(up33), b3);
    let aw1 = broadcast4(w[wa + 1u]);
    a0 = fma(aw1, vec4f(up21), a0);
    a1 = fma(aw1, vec4f(up22), a1);
    a2 = fma(aw1, vec4f(up31), a2);
    a3 = fma(aw1, vec4f(up32), a3);
    let bw1 = broadcast4(w[wb + 1u]);
    b0 = fma(bw1, vec4f(up21), b0);
    b1 = fma(bw1, vec4f(up22), b1);
    b2 = fma(bw1, vec4f(up31), b2);
    b3 = fma(bw1, vec4f(up32), b3);
    let aw2 = broadcast4(w[wa + 2u]);
    a0 = fma(aw2, vec4f(up20), a0);
    a1 = fma(aw2, vec4f(up21), a1);
    a2 = fma(aw2, vec4f(up30), a2);
    a3 = fma(aw2, vec4f(up31), a3);
    let bw2 = broadcast4(w[wb + 2u]);
    b0 = fma(bw2, vec4f(up20), b0);
    b1 = fma(bw2, vec4f(up21), b1);
    b2 = fma(bw2, vec4f(up30), b2);
    b3 = fma(bw2, vec4f(up31), b3);
    let aw3 = broadcast4(w[wa + 3u]);
    a0 = fma(aw3, vec4f(up12), a0);
    a1 = fma(aw3, vec4f(up13), a1);
    a2 = fma(aw3, vec4f(up22), a2);
    a3 = fma(aw3, vec4f(up23), a3);
    let bw3 = broadcast4(w[wb + 3u]);
    b0 = fma(bw3, vec4f(up12), b0);
    b1 = fma(bw3, vec4f(up13), b1);
    b2 = fma(bw3, vec4f(up22), b2);
    b3 = fma(bw3, vec4f(up23), b3);
    let aw4 = broadcast4(w[wa + 4u]);
    a0 = fma(aw4, vec4f(up11), a0);
    a1 = fma(aw4, vec4f(up12), a1);
    a2 = fma(aw4, vec4f(up21), a2);
    a3 = fma(aw4, vec4f(up22), a3);
    let bw4 = broadcast4(w[wb + 4u]);
    b0 = fma(bw4, vec4f(up11), b0);
    b1 = fma(bw4, vec4f(up12), b1);
    b2 = fma(bw4, vec4f(up21), b2);
    b3 = fma(bw4, vec4f(up22), b3);
    let aw5 = broadcast4(w[wa + 5u]);
    a0 = fma(aw5, vec4f(up10), a0);
    a1 = fma(aw5, vec4f(up11), a1);
    a2 = fma(aw5, vec4f(up20), a2);
    a3 = fma(aw5, vec4f(up21), a3);
    let bw5 = broadcast4(w[wb + 5u]);
    b0 = fma(bw5, vec4f(up10), b0);
    b1 = fma(bw5, vec4f(up11), b1);
    b2 = fma(bw5, vec4f(up20), b2);
    b3 = fma(bw5, vec4f(up21), b3);
    let aw6 = broadcast4(w[wa + 6u]);
    a0 = fma(aw6, vec4f(up02), a0);
    a1 = fma(aw6, vec4f(up03), a1);
    a2 = fma(aw6, vec4f(up12), a2);
    a3 = fma(aw6, vec4f(up13), a3);
    let bw6 = broadcast4(w[wb + 6u]);
    b0 = fma(bw6, vec4f(up02), b0);
    b1 = fma(bw6, vec4f(up03), b1);
    b2 = fma(bw6, vec4f(up12), b2);
    b3 = fma(bw6, vec4f(up13), b3);
    let aw7 = broadcast4(w[wa + 7u]);
    a0 = fma(aw7, vec4f(up01), a0);
    a1 = fma(aw7, vec4f(up02), a1);
    a2 = fma(aw7, vec4f(up11), a2);
    a3 = fma(aw7, vec4f(up12), a3);
    let bw7 = broadcast4(w[wb + 7u]);
    b0 = fma(bw7, vec4f(up01), b0);
    b1 = fma(bw7, vec4f(up02), b1);
    b2 = fma(bw7, vec4f(up11), b2);
    b3 = fma(bw7, vec4f(up12), b3);
    let aw8 = broadcast4(w[wa + 8u]);
    a0 = fma(aw8, vec4f(up00), a0);
    a1 = fma(aw8, vec4f(up01), a1);
    a2 = fma(aw8, vec4f(up10), a2);
    a3 = fma(aw8, vec4f(up11), a3);
    let bw8 = broadcast4(w[wb + 8u]);
    b0 = fma(bw8, vec4f(up00), b0);
    b1 = fma(bw8, vec4f(up01), b1);
    b2 = fma(bw8, vec4f(up10), b2);
    b3 = fma(bw8, vec4f(up11), b3);
  }

  if (id >= g.n * rows * columns) { return; }
  let step = g.h * g.w;
  let at = wid.z * g.dx_model + (n * g.c + c) * step + 2u * i * g.w + 2u * j;
  store(at, step, a0);
  store(at + 1u, step, a1);
  store(at + g.w, step, a2);
  store(at + g.w + 1u, step, a3);
  store(at + 4u * step, step, b0);
  store(at + 4u * step + 1u, step, b1);
  store(at + 4u * step + g.w, step, b2);
  store(at + 4u * step + g.w + 1u, step, b3);
}
