// Chooses what to generate next, one action a block of steps: first learns from the reward of the last action (how far the held-out loss fell, scaled
// by its running range), then draws an action, then writes the generator's control buffers. rule: 0 uniform, 1 EXP3 (Auer et al. 2002), 2 REINFORCE
// with a linear softmax policy (Williams 1992). observation [M,features]: experiments/held_out_state.wgsl; actions [A,3]: part, difficulty, weighted
// (0 or 1); memory [M,memory_model]: below; log [M,blocks+1,3+features+A]: action, reward, scaled reward, observation, probabilities. One workgroup
// owns a model. Libraries: random/threefry, random/distributions.

struct Params {
  actions: u32, features: u32, classes: u32, parts: u32, blocks: u32, rule: u32, memory_model: u32, rate: f32, mix: f32, baseline_rate: f32,
  forget: f32, loss_unit: f32, accuracy_scale: f32, floor: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> observation: array<f32>;
@group(0) @binding(2) var<storage, read> seeds: array<u32>;
@group(0) @binding(3) var<storage, read> actions: array<f32>;
@group(0) @binding(4) var<storage, read_write> memory: array<f32>;
@group(0) @binding(5) var<storage, read_write> log: array<f32>;
@group(0) @binding(6) var<storage, read_write> family_weights: array<f32>;
@group(0) @binding(7) var<storage, read_write> difficulty: array<f32>;
@group(0) @binding(8) var<storage, read_write> class_weights: array<f32>;

const EXP3 = 1u;
const POLICY = 2u;

// Words of a model's memory; after them stand softmax [A], probabilities [A], features [F] of the last decision, then what is learned: the
// logarithms of EXP3's weights [A], or the policy's [A,F]. All zeros at first.
const DECISIONS = 0u;
const LOSS = 1u;
const LOW = 2u;
const HIGH = 3u;
const BASELINE = 4u;
const ACTION = 5u;
const LISTS = 8u;

// A sample's number that no batch holds, so that the draw is nobody else's.
const SAMPLE = 0xffffffffu;

// action, reward, scaled reward before the observation in a row of the log.
const HEAD = 3u;

var<workgroup> scores: array<f32, 256>;
var<workgroup> quantised: array<u32, 256>;
var<workgroup> step_size: f32;
var<workgroup> normaliser: vec2f;
var<workgroup> chosen: u32;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let g = params;
  let mine = wid.z * g.memory_model;
  let softmax = mine + LISTS;
  let probabilities = softmax + g.actions;
  let features = probabilities + g.actions;
  let learned = features + g.features;
  let seen = wid.z * g.features;
  let loss = observation[seen + g.classes] * g.loss_unit;
  let decisions = u32(memory[mine + DECISIONS]);
  let last = u32(memory[mine + ACTION]);
  let width = HEAD + g.features + g.actions;
  let row = (wid.z * (g.blocks + 1u) + decisions) * width;
  let live = decisions <= g.blocks;
  workgroupBarrier();

  // The reward of the last action. Its range forgets: both ends move inwards by a share before the new reward widens it again.
  if (lane == 0u) {
    var advantage = 0.0;
    if (live && decisions > 0u) {
      let reward = memory[mine + LOSS] - loss;
      let first = decisions == 1u;
      let low_before = select(memory[mine + LOW], reward, first);
      let high_before = select(memory[mine + HIGH], reward, first);
      let give = g.forget * (high_before - low_before);
      let low = min(low_before + give, reward);
      let high = max(high_before - give, reward);
      let scaled = select(0.5, (reward - low) / (high - low), high > low);
      let baseline = select(memory[mine + BASELINE], scaled, first);
      memory[mine + LOW] = low;
      memory[mine + HIGH] = high;
      memory[mine + BASELINE] = baseline + g.baseline_rate * (scaled - baseline);
      log[row - width + 1u] = reward;
      log[row - width + 2u] = scaled;
      let p = memory[probabilities + last];
      // EXP3 divides the reward by the probability. The policy's p is (1 − mix)·s + mix/A, so that ∇ log p = (1 − mix)·s/p · ∇ log s.
      advantage = select((scaled - baseline) * (1.0 - g.mix) * memory[softmax + last], scaled, g.rule == EXP3) / p;
    }
    step_size = g.rate * advantage;
  }
  workgroupBarrier();
  for (var a = lane; a < g.actions; a += 64u) {
    let taken = select(0.0, 1.0, a == last);
    if (g.rule == EXP3) {
      memory[learned + a] += step_size * taken;
    } else if (g.rule == POLICY) {
      let slope = step_size * (taken - memory[softmax + a]);
      for (var f = 0u; f < g.features; f++) { memory[learned + a * g.features + f] += slope * memory[features + f]; }
    }
  }
  storageBarrier();
  workgroupBarrier();
  for (var f = lane; f < g.features; f += 64u) {
    let value = observation[seen + f];
    memory[features + f] = value * select(1.0, g.accuracy_scale, f < g.classes);
    if (live) { log[row + HEAD + f] = value; }
  }
  storageBarrier();
  workgroupBarrier();

  // p = (1 − mix)·softmax(score) + mix/A.
  for (var a = lane; a < g.actions; a += 64u) {
    var score = 0.0;
    if (g.rule == EXP3) {
      score = memory[learned + a];
    } else if (g.rule == POLICY) {
      for (var f = 0u; f < g.features; f++) { score += memory[learned + a * g.features + f] * memory[features + f]; }
    }
    scores[a] = score;
  }
  workgroupBarrier();
  if (lane == 0u) {
    var largest = scores[0];
    for (var a = 1u; a < g.actions; a++) { largest = max(largest, scores[a]); }
    var total = 0.0;
    for (var a = 0u; a < g.actions; a++) { total += exp(scores[a] - largest); }
    normaliser = vec2f(largest, total);
  }
  workgroupBarrier();
  for (var a = lane; a < g.actions; a += 64u) {
    let s = exp(scores[a] - normaliser.x) / normaliser.y;
    let p = (1.0 - g.mix) * s + g.mix / f32(g.actions);
    memory[softmax + a] = s;
    memory[probabilities + a] = p;
    scores[a] = p;
    if (live) { log[row + HEAD + g.features + a] = p; }
  }
  workgroupBarrier();

  // The choice itself is made of integers, and so follows from the probabilities alike on every adapter.
  if (lane == 0u) {
    var exponent = 0u;
    for (var a = 0u; a < g.actions; a++) { exponent = max(exponent, weight_exponent(bitcast<u32>(scores[a]))); }
    var sum = 0u;
    for (var a = 0u; a < g.actions; a++) {
      quantised[a] = quantise_weight(bitcast<u32>(scores[a]), exponent);
      sum += quantised[a];
    }
    let key = sample_key(seeds[wid.z], STREAM_SELECTION, decisions, 0u);
    var rest = draw_below(key, SAMPLE, 0u, select(sum, g.actions, sum == 0u));
    var action = select(0u, rest, sum == 0u);
    while (sum > 0u && action + 1u < g.actions && rest >= quantised[action]) {
      rest -= quantised[action];
      action++;
    }
    chosen = action;
    if (live) {
      log[row] = select(-1.0, f32(action), decisions < g.blocks);
      memory[mine + DECISIONS] = f32(decisions + 1u);
    }
    memory[mine + ACTION] = f32(action);
    memory[mine + LOSS] = loss;
    difficulty[wid.z] = actions[3u * action + 1u];
  }
  let action = workgroupUniformLoad(&chosen);
  let part = u32(actions[3u * action]);
  for (var i = lane; i < g.parts; i += 64u) { family_weights[wid.z * g.parts + i] = select(0.0, 1.0, i == part); }
  let weighted = actions[3u * action + 2u] > 0.5;
  for (var c = lane; c < g.classes; c += 64u) {
    class_weights[wid.z * g.classes + c] = select(1.0, (1.0 - observation[seen + c]) + g.floor, weighted);
  }
}
