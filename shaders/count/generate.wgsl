// Family `count`: random binary images whose label is the number of ones (the poster's Experiment 2). x [M,B,pixels] f32 0 or 1, y [M,B].
// density 0: pixel j = bit j mod 32 of image draw j div 32, least significant bit first (Bernoulli(1/2)). density 1: pixel j = image draw j < label
// draw 0, so that each image has its own probability. label 0: (ones − mean)/deviation as f32; label 1: ones mod classes as u32.
// Sample b has index first_index + b·index_step; seeds[m] is model m's seed, state[0] the step. One workgroup owns one image, an invocation 64 pixels.

struct Params {
  batch: u32, pixels: u32, density: u32, label: u32, classes: u32, first_index: u32, index_step: u32, mean: f32, deviation: f32,
  seeds_model: u32, x_model: u32, y_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> seeds: array<u32>;
@group(0) @binding(3) var<storage, read_write> x: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<u32>;

const THREADS = 16u;
var<workgroup> ones: atomic<u32>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let m = wid.z;
  let image = wid.y * count.x + wid.x;
  if (image >= g.batch) { return; }
  let index = g.first_index + image * g.index_step;
  let seed = seeds[m * g.seeds_model];
  let key = sample_key(seed, STREAM_IMAGE, state[0], 0u);
  var threshold = 0u;
  if (g.density != 0u) { threshold = draw_pair(sample_key(seed, STREAM_LABEL, state[0], 0u), index, 0u, 0u).x; }

  var mine = 0u;
  for (var first = lid * 64u; first < g.pixels; first += THREADS * 64u) {
    var bits = draw_pair(key, index, 0u, first / 64u);
    if (g.density != 0u) {
      bits = vec2u(0u);
      for (var call = 0u; call < 32u; call++) {
        let words = draw_pair(key, index, 0u, first / 2u + call);
        let pair = select(0u, 1u, words.x < threshold) | select(0u, 2u, words.y < threshold);
        if (call < 16u) { bits.x |= pair << (2u * call); } else { bits.y |= pair << (2u * call - 32u); }
      }
    }
    let at = m * g.x_model + image * g.pixels + first;
    let here = min(64u, g.pixels - first);
    for (var j = 0u; j < here; j++) {
      let bit = (select(bits.x, bits.y, j >= 32u) >> (j % 32u)) & 1u;
      x[at + j] = f32(bit);
      mine += bit;
    }
  }
  atomicAdd(&ones, mine);
  workgroupBarrier();
  if (lid == 0u) {
    let total = atomicLoad(&ones);
    let value = (f32(total) - g.mean) / g.deviation;
    y[m * g.y_model + image] = select(bitcast<u32>(value), total % max(g.classes, 1u), g.label != 0u);
  }
}
