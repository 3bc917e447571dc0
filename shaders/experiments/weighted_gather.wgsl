// A batch of given classes: x[m,i,:] = images[j,:] / 255, where j is uniform among the per_class items that `items` [classes,per_class] lists for
// class y[m,i], which random/categorical.wgsl drew by weights. images [n,pixels] u8, 4 a word, lowest byte first; state[0] = step; seeds [M].
// Draw 1 of the sample's selection stream picks the item, in integers. One workgroup copies one image (z = model), an invocation every
// workgroup_size-th pixel. Libraries: random/threefry, random/distributions.

override workgroup_size = 64u;

struct Params { batch: u32, pixels: u32, per_class: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> seeds: array<u32>;
@group(0) @binding(3) var<storage, read> items: array<u32>;
@group(0) @binding(4) var<storage, read> images: array<u32>;
@group(0) @binding(5) var<storage, read> y: array<u32>;
@group(0) @binding(6) var<storage, read_write> x: array<f32>;

var<workgroup> chosen: u32;

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = wid.y * groups.x + wid.x;
  if (i >= params.batch) {
    return;
  }
  let place = wid.z * params.batch + i;
  if (lane == 0u) {
    let key = sample_key(seeds[wid.z], STREAM_SELECTION, state[0], 0u);
    chosen = items[y[place] * params.per_class + draw_below(key, i, 1u, params.per_class)];
  }
  let image_at = workgroupUniformLoad(&chosen) * params.pixels;
  for (var p = lane; p < params.pixels; p += workgroup_size) {
    let byte = image_at + p;
    x[place * params.pixels + p] = f32((images[byte >> 2u] >> (8u * (byte & 3u))) & 0xffu) / 255.0;
  }
}
