// Cutout, in place: x [M,batch,C,H,W] f32 becomes `fill` inside a square. rows from first_word on: column and row of its middle, its side (u32
// pixels); columns middle − side/2 (rounded down) and the next side − 1, clipped to the image. Source: DeVries and Taylor, 2017.
// A workgroup owns one of `slices` parts of an image (z = model), an invocation every (workgroup_size·slices)-th pixel.

override workgroup_size = 64u;

struct Params { batch: u32, channels: u32, height: u32, width: u32, slices: u32, row_stride: u32, first_word: u32, fill: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read_write> x: array<f32>;

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let number = wid.y * groups.x + wid.x;
  let image = number / params.slices;
  if (image >= params.batch) {
    return;
  }
  let place = wid.z * params.batch + image;
  let word = place * params.row_stride + params.first_word;
  let side = rows[word + 2u];
  let plane = params.height * params.width;
  for (var pixel = (number % params.slices) * workgroup_size + lane; pixel < plane; pixel += workgroup_size * params.slices) {
    // Distances from the square's first column and row; what lies before wraps around and is not below `side`.
    let column = pixel % params.width + side / 2u - rows[word];
    let line = pixel / params.width + side / 2u - rows[word + 1u];
    if (column < side && line < side) {
      for (var c = 0u; c < params.channels; c++) {
        x[(place * params.channels + c) * plane + pixel] = params.fill;
      }
    }
  }
}
