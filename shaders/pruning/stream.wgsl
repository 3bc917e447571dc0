// Students that learn online from a stream that is pruned as it is made: each step draws C candidates x ~ N(0, I_N), scores them by the student
// as it is, keeps the B lowest keys (those of lower index among equals) and learns from the mistakes among them. Nothing leaves the device.
// directions: see pruning/directions (the teacher). students [models, pairs] vec2f, unit. estimates [models] f32: error as the student sees it.
// history [models, records] vec4f: (w·T, |w - (w·T)·T|, estimate, mistakes learned from since the last record). A workgroup owns one model (z).
// Libraries: random/threefry, random/distributions, pruning/sums.

struct Params {
  seed: u32, first_model: u32, dimension: u32, pairs: u32, candidates: u32, kept: u32, keep: u32, by_margin: u32,
  first_step: u32, steps: u32, every: u32, records: u32, decay: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> directions: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> students: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> estimates: array<f32>;
@group(0) @binding(4) var<storage, read_write> history: array<vec4f>;

// Mean field along the way to the teacher of an example that is misclassified by a student close to it: the mean of a Rayleigh variable.
const PULL = 1.2533141373155003;
const PI = 3.141592653589793;
// Shares of mistakes cannot be told from 0 below this part of a candidate.
const LEAST_COUNT = 0.05;

// What is kept where keys decide: the student's own field, the smaller the harder; by margin, label times field, what is most wrong first.
var<workgroup> keys: array<u32, 1024>;
// 2: the teacher's label is +1; 1: the student is wrong.
var<workgroup> outcomes: array<u32, 1024>;
var<workgroup> learned: array<u32, 1024>;
var<workgroup> learned_count: u32;

// Order of the floats as u32.
fn ordered(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  return select(bits | 0x80000000u, ~bits, bits > 0x7fffffffu);
}

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let model = params.first_model + wid.z;
  let base = wid.z * params.pairs;
  if (params.first_step == 0u) {
    // A random start; the teacher is made from counters 0 and 1 of the same key.
    let key = sample_key(params.seed, STREAM_INITIALISATION, model, 0u);
    var squares = vec4f();
    for (var pair = lane; pair < params.pairs; pair += workgroup_size) {
      let words = draw_pair(key, 2u, 0u, pair);
      let inside = vec2f(vec2u(2u * pair, 2u * pair + 1u) < vec2u(params.dimension));
      let w = normal_pair(words.x, words.y) * inside;
      students[base + pair] = w;
      squares.x += dot(w, w);
    }
    let scale = inverseSqrt(workgroup_sum(lane, squares).x);
    for (var pair = lane; pair < params.pairs; pair += workgroup_size) {
      students[base + pair] *= scale;
    }
    if (lane == 0u) {
      estimates[wid.z] = 0.5;
    }
  }
  var since = 0u;
  for (var step = params.first_step; step < params.first_step + params.steps; step++) {
    // Index word 0 belongs to the examples of pruning/score.
    let image = sample_key(params.seed, STREAM_IMAGE, model, 1u + step);
    let chance = sample_key(params.seed, STREAM_SELECTION, model, 1u + step);
    storageBarrier();
    var wrong = vec4f();
    for (var c = lane; c < params.candidates; c += workgroup_size) {
      var fields = vec2f();
      for (var pair = 0u; pair < params.pairs; pair++) {
        let words = draw_pair(image, c, 0u, pair);
        let x = normal_pair(words.x, words.y);
        fields += vec2f(dot(x, directions[base + pair].xz), dot(x, students[base + pair]));
      }
      let label = fields.x >= 0.0;
      let mistake = label != (fields.y >= 0.0);
      outcomes[c] = select(0u, 2u, label) + select(0u, 1u, mistake);
      var key = ordered(select(abs(fields.y), select(-fields.y, fields.y, label), params.by_margin == 1u));
      key = select(key, ~key, params.keep == 1u);
      if (params.keep == 2u) {
        key = draw_word(chance, c, 0u, 0u);
      }
      keys[c] = key;
      wrong.x += select(0.0, 1.0, mistake);
    }
    let mistakes = workgroup_sum(lane, wrong).x;
    // The kept-th smallest key, a bit at a time: how many keys are below?
    var threshold = 0u;
    for (var bit = 0u; bit < 32u; bit++) {
      let tried = threshold | (0x80000000u >> bit);
      var below = vec4f();
      for (var c = lane; c < params.candidates; c += workgroup_size) {
        below.x += select(0.0, 1.0, keys[c] < tried);
      }
      if (u32(workgroup_sum(lane, below).x) < params.kept) {
        threshold = tried;
      }
    }
    var under = vec4f();
    for (var c = lane; c < params.candidates; c += workgroup_size) {
      under.x += select(0.0, 1.0, keys[c] < threshold);
    }
    let equals = params.kept - u32(workgroup_sum(lane, under).x);
    if (lane == 0u) {
      var left = equals;
      var count = 0u;
      for (var c = 0u; c < params.candidates; c++) {
        let same = keys[c] == threshold;
        if ((keys[c] < threshold || (same && left > 0u)) && (outcomes[c] & 1u) == 1u) {
          learned[count] = c;
          count++;
        }
        left -= select(0u, 1u, same && left > 0u);
      }
      learned_count = count;
    }
    let count = workgroupUniformLoad(&learned_count);
    since += count;
    let least = LEAST_COUNT / f32(params.candidates);
    let estimate = max(estimates[wid.z] + params.decay * (mistakes / f32(params.candidates) - estimates[wid.z]), least);
    // The length that shortens the way to the teacher most: it is π·estimate long, m mistakes pull by PULL each and scatter over N dimensions.
    let m = f32(count);
    let rate = PULL * PI * estimate / (PULL * PULL * m + f32(params.dimension));
    var squares = vec4f();
    for (var pair = lane; pair < params.pairs; pair += workgroup_size) {
      let inside = vec2f(vec2u(2u * pair, 2u * pair + 1u) < vec2u(params.dimension));
      var sum = vec2f();
      for (var i = 0u; i < count; i++) {
        let c = learned[i];
        let words = draw_pair(image, c, 0u, pair);
        sum += normal_pair(words.x, words.y) * select(-1.0, 1.0, outcomes[c] >= 2u);
      }
      let w = students[base + pair] + rate * inside * sum;
      students[base + pair] = w;
      let t = directions[base + pair].xz;
      squares += vec4f(dot(w, w), dot(w, t), 0.0, 0.0);
    }
    squares = workgroup_sum(lane, squares);
    let scale = inverseSqrt(squares.x);
    let overlap = squares.y * scale;
    var across = vec4f();
    for (var pair = lane; pair < params.pairs; pair += workgroup_size) {
      let w = students[base + pair] * scale;
      students[base + pair] = w;
      let rest = w - overlap * directions[base + pair].xz;
      across.x += dot(rest, rest);
    }
    across = workgroup_sum(lane, across);
    if (lane == 0u) {
      estimates[wid.z] = estimate;
      if ((step + 1u) % params.every == 0u) {
        history[wid.z * params.records + (step + 1u) / params.every - 1u] = vec4f(overlap, sqrt(across.x), estimate, f32(since));
      }
    }
    if ((step + 1u) % params.every == 0u) {
      since = 0u;
    }
    workgroupBarrier();
  }
}
