// Family `composite`: one to five different fractals over a plasma, x [M,batch,C,H,W] f32 in [0,1], y [M,batch,classes] f32 1 where a class is shown.
// systems as in families/ifs/render; counts [M,batch,H·W] u32 are 0 before and after. rows: count, 5 picks, the background's hue, hueSpan, saturation,
// value, then 8 words a fractal: left, top, size, flip, turn (integers), hue, saturation, value. Later fractals lie in front. A workgroup owns an image
// (z = model), an invocation every workgroup_size-th walker and pixel. Libraries: random/threefry, random/pcg, families/ifs/chaos, families/ifs/hsv,
// families/composite/plasma. Source: Anderson and Farrell, "Improving fractal pre-training", WACV 2022.

override workgroup_size = 64u;

struct Params {
  batch: u32, channels: u32, height: u32, width: u32, row_stride: u32, first_low: u32, first_high: u32, index_step: u32, seeds_model: u32,
  classes: u32, walkers: u32, points: u32, levels: u32, persistence: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> seeds: array<u32>;
@group(0) @binding(3) var<storage, read> rows: array<u32>;
@group(0) @binding(4) var<storage, read> systems: array<u32>;
@group(0) @binding(5) var<storage, read_write> counts: array<atomic<u32>>;
@group(0) @binding(6) var<storage, read_write> x: array<f32>;
@group(0) @binding(7) var<storage, read_write> y: array<f32>;

var<workgroup> chosen: array<u32, 5>;
// Pixels that the fractal at hand hit, and its points inside of the frame.
var<workgroup> pixels_hit: atomic<u32>;
var<workgroup> points_seen: atomic<u32>;

// Pick k counts among the classes that picks 0 .. k-1 left: different classes without rejection.
fn choose_classes(row: u32, count: u32) {
  var used = array<u32, 5>();
  for (var k = 0u; k < count; k++) {
    var class_number = rows[row + 2u + k];
    var place = 0u;
    while (place < k && class_number >= used[place]) {
      class_number++;
      place++;
    }
    for (var later = k; later > place; later--) {
      used[later] = used[later - 1u];
    }
    used[place] = class_number;
    chosen[k] = class_number;
  }
}

// The colour of a pixel in the order of its channels; a single channel is the value.
fn paint(hue: f32, saturation: f32, value: f32) -> vec3f {
  return select(hsv(hue, saturation, value), vec3f(value), params.channels == 1u);
}

fn paint_background(row: u32, word: u32, pixel: vec2u) -> vec3f {
  let field = plasma(pixel, params.levels, params.persistence, word);
  let hue = bitcast<f32>(rows[row + 7u]) + bitcast<f32>(rows[row + 8u]) * field.x;
  let saturation = clamp(bitcast<f32>(rows[row + 9u]) + 0.3 * field.y, 0.0, 1.0);
  return paint(hue, saturation, clamp(bitcast<f32>(rows[row + 10u]) + 0.3 * field.z, 0.0, 1.0));
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
  let plane = params.height * params.width;
  let first = place * params.channels * plane;
  let fractals = rows[row + 1u];

  let background = draw_word(key, index.x, 0u, 4u);
  for (var pixel = lane; pixel < plane; pixel += workgroup_size) {
    let colour = paint_background(row, background, vec2u(pixel % params.width, pixel / params.width));
    for (var c = 0u; c < params.channels; c++) {
      x[first + c * plane + pixel] = colour[c];
    }
  }
  if (lane == 0u) {
    choose_classes(row, fractals);
  }
  workgroupBarrier();
  for (var c = lane; c < params.classes; c += workgroup_size) {
    var shown = false;
    for (var k = 0u; k < fractals; k++) {
      shown = shown || chosen[k] == c;
    }
    y[place * params.classes + c] = select(0.0, 1.0, shown);
  }

  for (var k = 0u; k < fractals; k++) {
    let own = row + 11u + 8u * k;
    let system = 256u + 90u * chosen[k];
    let view = chaos_view(unpack_pair(systems[rows[own + 4u] & 0xffu]), rows[own + 3u]);
    let word = draw_word(key, index.x, 0u, 48u + k);
    for (var i = lane; i < 3u * systems[system]; i += workgroup_size) {
      chaos_maps[i] = systems[system + 2u + i];
    }
    for (var byte = lane; byte < 256u; byte += workgroup_size) {
      chaos_choice[byte] = 3u * ((systems[system + 26u + byte / 4u] >> (8u * (byte & 3u))) & 0xffu);
    }
    chaos_clear_box(lane, workgroup_size);
    if (lane == 0u) {
      atomicStore(&pixels_hit, 0u);
      atomicStore(&points_seen, 0u);
    }
    workgroupBarrier();
    chaos_find_box(lane, workgroup_size, params.walkers, unpack_pair(systems[system + 1u]), word, view);
    workgroupBarrier();

    let size = vec2u(params.width, params.height);
    let window = (size * rows[own + 2u] + 128u) >> vec2u(8u);
    let corner = (vec2u(rows[own], rows[own + 1u]) * (size - window) + 128u) >> vec2u(8u);
    let frame = chaos_frame(window);
    // points are 16ths a pixel; a block is four.
    let blocks = (params.points * window.x * window.y + 64u * params.walkers - 1u) / (64u * params.walkers);
    var hit = 0u;
    var seen = 0u;
    for (var walker = lane; walker < params.walkers; walker += workgroup_size) {
      let words = chaos_words(word, walker);
      var at = unpack_pair(chaos_walkers[walker]);
      for (var t = 0u; t < blocks; t++) {
        var bytes = pcg_hash(words + FRAME_BLOCKS + t);
        for (var s = 0u; s < 4u; s++) {
          at = chaos_step(at, bytes & 0xffu);
          bytes >>= 8u;
          let cell = chaos_cell(chaos_project(at, view), frame);
          if (cell.x != 0xffffffffu) {
            hit += select(0u, 1u, atomicAdd(&counts[place * plane + cell.y * window.x + cell.x], 1u) == 0u);
            seen++;
          }
        }
      }
    }
    atomicAdd(&pixels_hit, hit);
    atomicAdd(&points_seen, seen);
    storageBarrier();
    workgroupBarrier();

    let half = 0.5 * f32(atomicLoad(&points_seen)) / max(1.0, f32(atomicLoad(&pixels_hit)));
    let hue = bitcast<f32>(rows[own + 5u]);
    let saturation = bitcast<f32>(rows[own + 6u]);
    let value = bitcast<f32>(rows[own + 7u]);
    for (var cell = lane; cell < window.x * window.y; cell += workgroup_size) {
      let count = atomicLoad(&counts[place * plane + cell]);
      if (count > 0u) {
        atomicStore(&counts[place * plane + cell], 0u);
        let tone = chaos_tone(count, half);
        let colour = paint(hue + 0.15 * tone, saturation, value * (0.3 + 0.7 * tone));
        let pixel = first + (corner.y + cell / window.x) * params.width + corner.x + cell % window.x;
        for (var c = 0u; c < params.channels; c++) {
          x[pixel + c * plane] = mix(x[pixel + c * plane], colour[c], chaos_tone(count, 0.25 * half));
        }
      }
    }
    storageBarrier();
    workgroupBarrier();
  }
}
