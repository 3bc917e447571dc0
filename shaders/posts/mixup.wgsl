// Mixup, in place: x [M,batch,pixels] f32 becomes λ·x + (1 − λ)·partner. rows: word first_word holds s, 25 bits; λ is the quantile of the Beta
// distribution: q(t) for t = (s mod 2^24)/2^24 from the lower half's table quantiles [steps + 1], between entries linear, and 1 − q(t) where bit 24
// is 1. Source: Zhang et al., "mixup", 2018.
// A workgroup owns one of `slices` parts of an image (z = model), an invocation every (workgroup_size·slices)-th value.

override workgroup_size = 64u;

struct Params { batch: u32, pixels: u32, slices: u32, row_stride: u32, first_word: u32, steps: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read> quantiles: array<f32>;
@group(0) @binding(3) var<storage, read> partner: array<f32>;
@group(0) @binding(4) var<storage, read_write> x: array<f32>;

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let number = wid.y * groups.x + wid.x;
  let image = number / params.slices;
  if (image >= params.batch) {
    return;
  }
  let place = wid.z * params.batch + image;
  let share = mixing(rows[place * params.row_stride + params.first_word]);
  for (var pixel = (number % params.slices) * workgroup_size + lane; pixel < params.pixels; pixel += workgroup_size * params.slices) {
    let at = place * params.pixels + pixel;
    x[at] = share * x[at] + (1.0 - share) * partner[at];
  }
}

fn mixing(word: u32) -> f32 {
  let s = word & 0xffffffu;
  let width = 0x1000000u / params.steps;
  let i = s / width;
  let t = f32(s % width) / f32(width);
  let q = quantiles[i] + t * (quantiles[i + 1u] - quantiles[i]);
  return select(q, 1.0 - q, (word >> 24u) > 0u);
}
