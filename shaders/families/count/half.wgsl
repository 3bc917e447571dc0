// Family `count`, density half: random binary images labelled by their number of ones. x [M,batch,pixels] f32 0 or 1, y [M,batch] f32 or u32 bits.
// Pixel j is bit j mod 32 of image draw j div 32, least significant bit first; image b has index first_index + b·index_step (two words).
// One workgroup writes one image (z = model): each invocation every workgroup_size-th pixel. All of them make the same 64 bits at a time,
// which costs a vector machine no more than one lane would and leaves stores contiguous and the label a popcount without a barrier.
// state[0] = step; seeds[m · seeds_model]; rows: a sample whose row begins with 0 is not ours. Libraries: random/threefry, families/count/label.

override workgroup_size = 64u;

struct Params {
  batch: u32, pixels: u32, first_low: u32, first_high: u32, index_step: u32, seeds_model: u32, centre: u32, scale: f32, classes: u32,
  row_stride: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> seeds: array<u32>;
@group(0) @binding(3) var<storage, read_write> x: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<u32>;
@group(0) @binding(5) var<storage, read> rows: array<u32>;

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let image = wid.y * groups.x + wid.x;
  if (image >= params.batch) {
    return;
  }
  let place = wid.z * params.batch + image;
  if (params.row_stride > 0u && rows[place * params.row_stride] == 0u) {
    return;
  }
  let index = sample_index(params.first_low, params.first_high, image * params.index_step);
  let key = sample_key(seeds[wid.z * params.seeds_model], STREAM_IMAGE, state[0], index.y);

  var ones = 0u;
  for (var first = 0u; first < params.pixels; first += 64u) {
    let here = min(64u, params.pixels - first);
    let bits = draw_pair(key, index.x, 0u, first / 64u);
    ones += countOneBits(extractBits(bits.x, 0u, min(here, 32u))) + countOneBits(extractBits(bits.y, 0u, max(here, 32u) - 32u));
    for (var j = lane; j < here; j += workgroup_size) {
      let word = select(bits.x, bits.y, j >= 32u);
      x[place * params.pixels + first + j] = f32((word >> (j & 31u)) & 1u);
    }
  }
  if (lane == 0u) {
    y[place] = count_label(ones, params.centre, params.scale, params.classes);
  }
}
