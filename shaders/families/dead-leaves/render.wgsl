// Family `dead-leaves`: opaque shapes that hide each other, x [M,batch,C,H,W] f32 in [0,1]; each pixel is the mean of 2×2 samples, each sample the colour of
// the frontmost leaf over it. All geometry is in integers of 1/16 pixel, so what is in front of what, and y, are the same on every adapter. table: 256
// angles as (cos, sin)·4096, then 4096 radii by quantile of the 1/r³ density in 1/65536 of the longer side. y [M,batch] f32: leaves that show, where counted.
// A workgroup owns an image (z = model), a lane the columns ≡ lane, so that lanes share the leaves but no pixel. Library: random/threefry.
// After Lee, Mumford and Huang, "Occlusion models for natural images", 2001, and Baradad et al., "Learning to see by looking at noise", 2021.

override workgroup_size = 32u;

struct Params {
  batch: u32, channels: u32, height: u32, width: u32, row_stride: u32, first_low: u32, first_high: u32, index_step: u32, seeds_model: u32,
  shapes: u32, shape_count: u32, mixed: u32, counted: u32, count_shift: f32, count_scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> seeds: array<u32>;
@group(0) @binding(3) var<storage, read> rows: array<u32>;
@group(0) @binding(4) var<storage, read> table: array<i32>;
@group(0) @binding(5) var<storage, read_write> x: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;

const FIRST_LEAF = 8u;
const ANGLES = 256u;
const MAX_LEAVES = 255u;
const BAND_PIXELS = 2304u;

const DISC = 0u;
const SQUARE = 1u;
const TRIANGLE = 2u;
const BAR = 3u;
const CROSS = 4u;
// 5 is a ring.

// Centre, radius, angle + 256·shape. A colour a leaf, 8 bits a channel. Four samples a pixel of the band, 8 bits each: leaf + 1, or 0.
var<workgroup> leaves: array<vec4i, MAX_LEAVES>;
var<workgroup> colours: array<u32, 256>;
var<workgroup> owners: array<u32, BAND_PIXELS>;
var<workgroup> shown: array<atomic<u32>, 8>;

// Whether a shape with the area of a disc of radius r covers (u, v) from its centre, in its own axes. Lengths in 1/1024 of r.
fn covers(shape: u32, r: i32, u: i32, v: i32) -> bool {
  if (shape == DISC) {
    return u * u + v * v <= r * r;
  }
  let a = 1024 * abs(u);
  let b = 1024 * abs(v);
  if (shape == SQUARE) {
    return max(a, b) <= 907 * r;
  }
  if (shape == TRIANGLE) {
    return -1024 * v <= 796 * r && 887 * abs(u) + 512 * v <= 796 * r;
  }
  if (shape == BAR) {
    return a <= 1572 * r && b <= 524 * r;
  }
  if (shape == CROSS) {
    return max(a, b) <= 1218 * r && min(a, b) <= 406 * r;
  }
  let outer = (5 * r) >> 2u;
  let inner = (3 * r) >> 2u;
  let squared = u * u + v * v;
  return squared <= outer * outer && squared >= inner * inner;
}

fn colour(owner: u32, c: u32) -> u32 {
  return (colours[owner] >> (8u * c)) & 255u;
}

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let image = wid.y * groups.x + wid.x;
  if (image >= params.batch) {
    return;
  }
  let place = wid.z * params.batch + image;
  let row = place * params.row_stride;
  if (rows[row] == 0u) {
    return;
  }
  let count = rows[row + 2u];
  let side = i32(16u * max(params.height, params.width));
  let index = sample_index(params.first_low, params.first_high, image * params.index_step);
  let key = sample_key(seeds[wid.z * params.seeds_model], STREAM_IMAGE, state[0], index.y);

  for (var i = lane; i < count; i += workgroup_size) {
    let first = draw_pair(key, index.x, 0u, (FIRST_LEAF >> 1u) + 2u * i);
    let second = draw_pair(key, index.x, 0u, (FIRST_LEAF >> 1u) + 2u * i + 1u);
    let centre = vec2i(i32(mulhi(first.x, 16u * params.width)), i32(mulhi(first.y, 16u * params.height)));
    let radius = (table[2u * ANGLES + (second.x >> 20u)] * side) >> 16u;
    var chosen = rows[row + 1u];
    if (params.mixed > 0u) {
      chosen = (((second.x >> 8u) & 0xfffu) * params.shape_count) >> 12u;
    }
    // `shapes` lists 4 bits a class.
    let shape = (params.shapes >> (4u * chosen)) & 15u;
    leaves[i] = vec4i(centre, radius, i32((second.x & 255u) + 256u * shape));
    colours[i + 1u] = second.y >> 8u;
  }
  if (lane == 0u) {
    colours[0] = rows[row + 3u];
  }
  for (var i = lane; i < 8u; i += workgroup_size) {
    atomicStore(&shown[i], 0u);
  }
  workgroupBarrier();

  let plane = params.height * params.width;
  let start = place * params.channels * plane;
  let band = BAND_PIXELS / params.width;
  for (var top = 0u; top < params.height; top += band) {
    let bottom = min(top + band, params.height);
    for (var column = lane; column < params.width; column += workgroup_size) {
      for (var line = 0u; line < bottom - top; line++) {
        owners[line * params.width + column] = 0u;
      }
    }

    // Front to back: a sample keeps its first leaf.
    for (var leaf = 0u; leaf < count; leaf++) {
      let it = leaves[leaf];
      // No shape reaches further than 1.62 radii.
      let reach = ((13 * it.z) >> 3u) + 16;
      let low = max((it.xy - reach) >> vec2u(4u), vec2i(0, i32(top)));
      let high = min((it.xy + reach) >> vec2u(4u), vec2i(i32(params.width), i32(bottom)) - 1);
      if (low.y > high.y || low.x > high.x) {
        continue;
      }
      let shape = u32(it.w) >> 8u;
      let angle = 2u * (u32(it.w) & 255u);
      let cosine = table[angle];
      let sine = table[angle + 1u];
      // The first column from low.x on that is this lane's.
      let rest = u32(low.x) % workgroup_size;
      var column = u32(low.x) - rest + lane + select(0u, workgroup_size, lane < rest);
      for (; column <= u32(high.x); column += workgroup_size) {
        for (var line = low.y; line <= high.y; line++) {
          let at = (u32(line) - top) * params.width + column;
          var owner = owners[at];
          for (var s = 0u; s < 4u; s++) {
            if (((owner >> (8u * s)) & 255u) != 0u) {
              continue;
            }
            let dx = 16 * i32(column) + 4 + 8 * i32(s & 1u) - it.x;
            let dy = 16 * line + 4 + 8 * i32(s >> 1u) - it.y;
            if (covers(shape, it.z, (cosine * dx + sine * dy) >> 12u, (cosine * dy - sine * dx) >> 12u)) {
              owner |= (leaf + 1u) << (8u * s);
            }
          }
          owners[at] = owner;
        }
      }
    }

    for (var column = lane; column < params.width; column += workgroup_size) {
      for (var line = top; line < bottom; line++) {
        let owner = owners[(line - top) * params.width + column];
        let four = vec4u(owner & 255u, (owner >> 8u) & 255u, (owner >> 16u) & 255u, owner >> 24u);
        for (var c = 0u; c < params.channels; c++) {
          let sum = colour(four.x, c) + colour(four.y, c) + colour(four.z, c) + colour(four.w, c);
          x[start + c * plane + line * params.width + column] = f32(sum) * (1.0 / 1020.0);
        }
        if (params.counted > 0u) {
          for (var s = 0u; s < 4u; s++) {
            atomicOr(&shown[four[s] >> 5u], 1u << (four[s] & 31u));
          }
        }
      }
    }
  }

  workgroupBarrier();
  if (params.counted > 0u && lane == 0u) {
    // Bit 0 is the background.
    var total = countOneBits(atomicLoad(&shown[0]) & 0xfffffffeu);
    for (var i = 1u; i < 8u; i++) {
      total += countOneBits(atomicLoad(&shown[i]));
    }
    y[place] = (f32(total) - params.count_shift) * params.count_scale;
  }
}
