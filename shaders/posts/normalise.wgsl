// Normalises in place: x [M,batch,C,plane] f32 becomes (x − mean[c])·scale[c]. constants [2·C] f32: means, then the inverses of the deviations.
// A workgroup owns one of `slices` parts of an image (z = model), an invocation every (workgroup_size·slices)-th value.

override workgroup_size = 64u;

struct Params { batch: u32, channels: u32, plane: u32, slices: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> constants: array<f32>;
@group(0) @binding(2) var<storage, read_write> x: array<f32>;

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let number = wid.y * groups.x + wid.x;
  let image = number / params.slices;
  if (image >= params.batch) {
    return;
  }
  let first = (wid.z * params.batch + image) * params.channels * params.plane;
  for (var c = 0u; c < params.channels; c++) {
    let mean = constants[c];
    let scale = constants[params.channels + c];
    for (var pixel = (number % params.slices) * workgroup_size + lane; pixel < params.plane; pixel += workgroup_size * params.slices) {
      let at = first + c * params.plane + pixel;
      x[at] = (x[at] - mean) * scale;
    }
  }
}
