// Families `ifs` and `one-fractal`: the attractor of a system of affine maps, x [M,batch,C,H,W] f32 in [0,1] on black. counts [M,batch,H·W] are 0 before and after.
// systems: 256 words (cosine, sine) of a 256th of a turn, then 90 words a class: maps, start, 8·3 coefficients, 64 words of 256 choices.
// rows: class, flip, turn, patch, hue, hueSpan, saturation (families/ifs/shared.ts). A workgroup owns an image (z = model), an invocation every
// workgroup_size-th walker and pixel; the points do not depend on its size. Libraries: random/threefry, random/pcg, families/ifs/chaos, families/ifs/hsv.
// Source: Kataoka et al., "Pre-training without natural images", ACCV 2020.

override workgroup_size = 64u;

struct Params {
  batch: u32, channels: u32, height: u32, width: u32, row_stride: u32, first_low: u32, first_high: u32, index_step: u32, seeds_model: u32,
  walkers: u32, blocks: u32, jitter: u32, mode: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> seeds: array<u32>;
@group(0) @binding(3) var<storage, read> rows: array<u32>;
@group(0) @binding(4) var<storage, read> systems: array<u32>;
@group(0) @binding(5) var<storage, read_write> counts: array<atomic<u32>>;
@group(0) @binding(6) var<storage, read_write> x: array<f32>;

const DENSITY = 0u;
const DOTS = 1u;

// Pixels that were hit, and points inside of the frame.
var<workgroup> pixels_hit: atomic<u32>;
var<workgroup> points_seen: atomic<u32>;

// 1 where a point's 3×3 patch (bit 3·row + column, centre 4) covers the pixel.
fn patched(first: u32, pixel: u32, pattern: u32) -> f32 {
  let column = i32(pixel % params.width);
  let row = i32(pixel / params.width);
  for (var k = 0; k < 9; k++) {
    let from_column = column - (k % 3 - 1);
    let from_row = row - (k / 3 - 1);
    let inside = from_column >= 0 && from_column < i32(params.width) && from_row >= 0 && from_row < i32(params.height);
    if (((pattern >> u32(k)) & 1u) == 1u && inside && atomicLoad(&counts[first + u32(from_row) * params.width + u32(from_column)]) > 0u) {
      return 1.0;
    }
  }
  return 0.0;
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
  let index = sample_index(params.first_low, params.first_high, image * params.index_step);
  let key = sample_key(seeds[wid.z * params.seeds_model], STREAM_IMAGE, state[0], index.y);
  let system = 256u + 90u * rows[row + 1u];
  let start = unpack_pair(systems[system + 1u]);
  let view = chaos_view(unpack_pair(systems[rows[row + 3u] & 0xffu]), rows[row + 2u]);
  let word = draw_word(key, index.x, 0u, 6u);

  for (var map = lane; map < systems[system]; map += workgroup_size) {
    for (var pair = 0u; pair < 3u; pair++) {
      let base = unpack_pair(systems[system + 2u + 3u * map + pair]);
      let words = draw_pair(key, index.x, 0u, 8u + 3u * map + pair);
      chaos_maps[3u * map + pair] = pack_pair(chaos_jitter(base, words, params.jitter, select(24576, 32767, pair == 2u)));
    }
  }
  for (var byte = lane; byte < 256u; byte += workgroup_size) {
    chaos_choice[byte] = 3u * ((systems[system + 26u + byte / 4u] >> (8u * (byte & 3u))) & 0xffu);
  }
  chaos_clear_box(lane, workgroup_size);
  workgroupBarrier();
  chaos_find_box(lane, workgroup_size, params.walkers, start, word, view);
  workgroupBarrier();

  let plane = params.height * params.width;
  let first = place * plane;
  let frame = chaos_frame(vec2u(params.width, params.height));
  var hit = 0u;
  var seen = 0u;
  for (var walker = lane; walker < params.walkers; walker += workgroup_size) {
    let words = chaos_words(word, walker);
    var at = unpack_pair(chaos_walkers[walker]);
    for (var t = 0u; t < params.blocks; t++) {
      var bytes = pcg_hash(words + FRAME_BLOCKS + t);
      for (var s = 0u; s < 4u; s++) {
        at = chaos_step(at, bytes & 0xffu);
        bytes >>= 8u;
        let cell = chaos_cell(chaos_project(at, view), frame);
        if (cell.x != 0xffffffffu) {
          hit += select(0u, 1u, atomicAdd(&counts[first + cell.y * params.width + cell.x], 1u) == 0u);
          seen++;
        }
      }
    }
  }
  atomicAdd(&pixels_hit, hit);
  atomicAdd(&points_seen, seen);
  workgroupBarrier();
  storageBarrier();

  let half = 0.5 * f32(atomicLoad(&points_seen)) / max(1.0, f32(atomicLoad(&pixels_hit)));
  let hue = bitcast<f32>(rows[row + 5u]);
  let span = bitcast<f32>(rows[row + 6u]);
  let saturation = bitcast<f32>(rows[row + 7u]);
  for (var pixel = lane; pixel < plane; pixel += workgroup_size) {
    var value = 0.0;
    if (params.mode == DENSITY) {
      value = chaos_tone(atomicLoad(&counts[first + pixel]), half);
    } else if (params.mode == DOTS) {
      value = select(0.0, 1.0, atomicLoad(&counts[first + pixel]) > 0u);
    } else {
      value = patched(first, pixel, rows[row + 4u]);
    }
    if (params.channels == 1u) {
      x[first + pixel] = value;
    } else {
      let colour = hsv(hue + span * value, saturation, value);
      x[3u * first + pixel] = colour.x;
      x[3u * first + plane + pixel] = colour.y;
      x[3u * first + 2u * plane + pixel] = colour.z;
    }
  }
  // Others may still look at their neighbours.
  storageBarrier();
  workgroupBarrier();
  for (var pixel = lane; pixel < plane; pixel += workgroup_size) {
    atomicStore(&counts[first + pixel], 0u);
  }
}
