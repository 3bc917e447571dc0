// Gathers a shuffled batch from a resident data set of which each model sees a subset only: x[m, i, :] = images[j, :] / 255, y[m, i] = labels[j].
// images, rest [n, pixels], labels [n] hold 4 bytes a word, lowest byte first; images beyond word `words` are in rest; state[0] = step; seeds [M].
// table: first and count of each model's subset [M, 2], then item numbers; model m's subset is table[first .. first + count); x, y as gather.wgsl.
// One workgroup copies one image: z = model m, its number within z = place i in the batch; one invocation unpacks a word (4 pixels).
// j = table[first + permuted place], places permuted within count as gather.wgsl does within n. Libraries: random/threefry, random/feistel.

override workgroup_size = 64u;

struct Params {
  pixels: u32,
  batch: u32,
  words: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> images: array<u32>;
@group(0) @binding(2) var<storage, read> rest: array<u32>;
@group(0) @binding(3) var<storage, read> labels: array<u32>;
@group(0) @binding(4) var<storage, read> state: array<u32>;
@group(0) @binding(5) var<storage, read> seeds: array<u32>;
@group(0) @binding(6) var<storage, read> table: array<u32>;
@group(0) @binding(7) var<storage, read_write> x: array<f32>;
@group(0) @binding(8) var<storage, read_write> y: array<u32>;

var<workgroup> chosen: u32;

fn word_at(index: u32) -> u32 {
  if (index < params.words) {
    return images[index];
  }
  return rest[index - params.words];
}

@compute @workgroup_size(workgroup_size)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = wid.y * groups.x + wid.x;
  if (i >= params.batch) {
    return;
  }
  // One lane derives the index and the others wait: once an image instead of once a word.
  if (lane == 0u) {
    let first = table[2u * wid.z];
    let count = table[2u * wid.z + 1u];
    let g = state[0] * params.batch + i;
    let key = sample_key(seeds[wid.z], STREAM_SHUFFLE, g / count, 0u);
    let j = table[first + feistel_permute(count, key, g % count)];
    y[wid.z * params.batch + i] = (labels[j >> 2u] >> (8u * (j & 3u))) & 0xffu;
    chosen = j;
  }
  let j = workgroupUniformLoad(&chosen);
  let image_at = j * params.pixels;
  let x_at = (wid.z * params.batch + i) * params.pixels;
  if (params.pixels % 4u == 0u) {
    for (var p = 4u * lane; p < params.pixels; p += 4u * workgroup_size) {
      let word = word_at((image_at + p) >> 2u);
      x[x_at + p] = f32(word & 0xffu) / 255.0;
      x[x_at + p + 1u] = f32((word >> 8u) & 0xffu) / 255.0;
      x[x_at + p + 2u] = f32((word >> 16u) & 0xffu) / 255.0;
      x[x_at + p + 3u] = f32(word >> 24u) / 255.0;
    }
  } else {
    // Images begin within a word: byte by byte.
    for (var p = lane; p < params.pixels; p += workgroup_size) {
      let byte = image_at + p;
      x[x_at + p] = f32((word_at(byte >> 2u) >> (8u * (byte & 3u))) & 0xffu) / 255.0;
    }
  }
}
