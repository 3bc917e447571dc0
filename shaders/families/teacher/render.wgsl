// Family `teacher`: x [M,batch,d] f32 ~ N(0,1), y [M,batch] what a fixed net says: its sign (u32) or, where scale > 0, its value (f32 bits).
// All in whole numbers, so that every adapter decides alike: x in units of 1/4096; field = Σ w·x, or Σ v·⌊max(0, w·x)/2^16⌋ − offset.
// weights: w [hidden or 1, d], then v [hidden]; quantiles: z by the octave of the tail's probability, in 2^-16. rows: see family.ts.
// A workgroup owns one sample (z = model). Library: random/threefry. The twin is packages/datagen/src/families/teacher/{net,quantiles}.ts.

override workgroup_size = 64u;

struct Params {
  batch: u32, first_low: u32, first_high: u32, index_step: u32, seeds_model: u32, row_stride: u32, dimensions: u32, hidden: u32, offset: i32,
  scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> seeds: array<u32>;
@group(0) @binding(3) var<storage, read> rows: array<u32>;
@group(0) @binding(4) var<storage, read> weights: array<i32>;
@group(0) @binding(5) var<storage, read> quantiles: array<i32>;
@group(0) @binding(6) var<storage, read_write> x: array<f32>;
@group(0) @binding(7) var<storage, read_write> y: array<u32>;

var<workgroup> inputs: array<i32, 256>;
var<workgroup> field: atomic<i32>;

// The lowest bit is the sign; the others, m, are the tail's probability m/2^32: its octave, one of 32 parts, and the place between two entries.
fn integer_normal(word: u32) -> i32 {
  let m = max(1u, word >> 1u);
  let zeros = countLeadingZeros(m);
  let t = m << zeros;
  let entry = 32u * (31u - zeros) + ((t >> 26u) & 31u);
  let z = quantiles[entry];
  let between = (z - quantiles[entry + 1u]) * i32((t >> 10u) & 0xffffu);
  let value = (z - (between >> 16u) + 8) >> 4u;
  return select(value, -value, (word & 1u) == 1u);
}

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let sample = wid.y * groups.x + wid.x;
  if (sample >= params.batch) {
    return;
  }
  let place = wid.z * params.batch + sample;
  if (params.row_stride > 0u && rows[place * params.row_stride] == 0u) {
    return;
  }
  let d = params.dimensions;
  let index = sample_index(params.first_low, params.first_high, sample * params.index_step);
  let key = sample_key(seeds[wid.z * params.seeds_model], STREAM_IMAGE, state[0], index.y);
  var sum = 0;
  for (var i = 2u * lane; i < d; i += 2u * workgroup_size) {
    let pair = draw_pair(key, index.x, 0u, i / 2u);
    for (var j = i; j < min(i + 2u, d); j++) {
      let value = integer_normal(select(pair.x, pair.y, j > i));
      inputs[j] = value;
      // A product with a power of two is exact; a quotient need not be.
      x[place * d + j] = f32(value) * 0.000244140625;
      if (params.hidden == 0u) {
        sum += weights[j] * value;
      }
    }
  }
  workgroupBarrier();
  for (var unit = lane; unit < params.hidden; unit += workgroup_size) {
    var dot_product = 0;
    for (var i = 0u; i < d; i++) {
      dot_product += weights[unit * d + i] * inputs[i];
    }
    sum += weights[params.hidden * d + unit] * (max(0, dot_product) >> 16u);
  }
  atomicAdd(&field, sum);
  workgroupBarrier();
  if (lane == 0u) {
    let total = atomicLoad(&field) - params.offset;
    y[place] = select(select(0u, 1u, total >= 0), bitcast<u32>(f32(total) * params.scale), params.scale > 0.0);
  }
}
