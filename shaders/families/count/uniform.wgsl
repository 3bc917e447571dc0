// Family `count`, density uniform: each image has its own probability of a one. x [M,batch,pixels] f32 0 or 1, y [M,batch] f32 or u32 bits.
// Pixel j is 1 where image draw j < label draw 0, as u32: p = draw/2^32; image b has index first_index + b·index_step (two words).
// One workgroup writes one image (z = model), an invocation every workgroup_size-th pair of pixels (a Threefry call makes two draws);
// integer sums in workgroup memory make the label. state[0] = step; seeds[m · seeds_model]; rows: a sample whose row begins with 0 is not ours. Libraries: random/threefry, families/count/label.

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

var<workgroup> ones: atomic<u32>;

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
  let seed = seeds[wid.z * params.seeds_model];
  let key = sample_key(seed, STREAM_IMAGE, state[0], index.y);
  let threshold = draw_pair(sample_key(seed, STREAM_LABEL, state[0], index.y), index.x, 0u, 0u).x;

  var mine = 0u;
  for (var j = 2u * lane; j < params.pixels; j += 2u * workgroup_size) {
    let bits = select(vec2u(0u), vec2u(1u), draw_pair(key, index.x, 0u, j / 2u) < vec2u(threshold));
    x[place * params.pixels + j] = f32(bits.x);
    mine += bits.x;
    if (j + 1u < params.pixels) {
      x[place * params.pixels + j + 1u] = f32(bits.y);
      mine += bits.y;
    }
  }
  atomicAdd(&ones, mine);
  workgroupBarrier();
  if (lane == 0u) {
    y[place] = count_label(atomicLoad(&ones), params.centre, params.scale, params.classes);
  }
}
