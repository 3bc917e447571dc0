// Family `count`, density half, as bytes: the images of families/count/half.wgsl with 255 for 1, in packed [M,batch,pixels/4] u32, lowest byte first,
// and the same labels y. Four must divide pixels. f32 pixels are never stored. Bits of a pixel, workgroups and libraries as there.
// One workgroup writes one image (z = model): each invocation every workgroup_size-th word.

override workgroup_size = 64u;

struct Params {
  batch: u32, pixels: u32, first_low: u32, first_high: u32, index_step: u32, seeds_model: u32, centre: u32, scale: f32, classes: u32,
  row_stride: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> seeds: array<u32>;
@group(0) @binding(3) var<storage, read_write> packed: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let image = wid.y * groups.x + wid.x;
  if (image >= params.batch) {
    return;
  }
  let place = wid.z * params.batch + image;
  let index = sample_index(params.first_low, params.first_high, image * params.index_step);
  let key = sample_key(seeds[wid.z * params.seeds_model], STREAM_IMAGE, state[0], index.y);

  var ones = 0u;
  for (var first = 0u; first < params.pixels; first += 64u) {
    let here = min(64u, params.pixels - first);
    let bits = draw_pair(key, index.x, 0u, first / 64u);
    ones += countOneBits(extractBits(bits.x, 0u, min(here, 32u))) + countOneBits(extractBits(bits.y, 0u, max(here, 32u) - 32u));
    for (var j = 4u * lane; j < here; j += 4u * workgroup_size) {
      let four = (select(bits.x, bits.y, j >= 32u) >> (j & 31u)) & 15u;
      // Copies at 0, 7, 14 and 21 bits put bit k of the four at bit 8k; no two copies touch.
      packed[(place * params.pixels + first + j) / 4u] = ((four * 0x00204081u) & 0x01010101u) * 255u;
    }
  }
  if (lane == 0u) {
    y[place] = count_label(ones, params.centre, params.scale, params.classes);
  }
}
