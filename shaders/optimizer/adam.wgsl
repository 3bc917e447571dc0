// Adam (Kingma & Ba 2015), with decoupled ≠ 0 AdamW (Loshchilov & Hutter 2019), for all parameters, and the end of a training step: one dispatch.
// weights, m, v: the parameter arena [M, P]; grads: the gradient arena; blocks[i] says where the gradient of arena elements 64i .. 64i+63 lies:
// `parts` partial sums `part_stride` apart, added in order; elements from `valid` on are padding. schedule[t] = lr, beta1, 1 − beta1^(t+1),
// 1 − beta2^(t+1), a row a step [M, steps]. state[0] is the step t, which the last workgroup to finish raises; state[1] counts the finished.
// history[t] = mean loss, gradient norm (−1 when not clipped), lr, 0 [M, capacity], a ring. Workgroups stride over blocks.

// fresh is 1 − beta2, from the host: 1 − f32(.999) is off by 1.3e-5 of its value, which every update would carry.
struct Params {
  blocks: u32, rows: u32, steps: u32, capacity: u32, squares: u32, clip: f32, beta2: f32, eps: f32,
  decay: f32, decoupled: u32, fresh: f32,
  p_model: u32, loss_model: u32, schedule_model: u32, history_model: u32, squares_model: u32,
}
struct Block { grad: u32, grad_model: u32, parts: u32, part_stride: u32, valid: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> blocks: array<Block>;
@group(0) @binding(2) var<storage, read> grads: array<f32>;
@group(0) @binding(3) var<storage, read> schedule: array<vec4f>;
@group(0) @binding(4) var<storage, read> squares: array<f32>;
@group(0) @binding(5) var<storage, read> loss: array<f32>;
// weights, then m, then v, each [M, P]: one buffer, because 8 storage buffers a stage is all that WebGPU promises.
@group(0) @binding(6) var<storage, read_write> arena: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> history: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> state: array<atomic<u32>>;

// Invocations of a workgroup, a multiple of 16: sixteen of them own a block, four neighbouring elements each.
override threads = 64u;
// False compiles clipping away where no norm is wanted: two barriers less, and on lavapipe half of the compilation or more.
override clips = true;

var<workgroup> partial: array<f32, 64>;
var<workgroup> scale: f32;

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let m = wid.z;
  let step = atomicLoad(&state[0]);
  let plan = schedule[m * g.schedule_model + min(step, g.steps - 1u)];

  // The clip coefficient, from the partial sums of squares that grad_norm.wgsl left; each workgroup adds them in the same order.
  var norm = -1.0;
  if (clips) {
    var sum = 0.0;
    for (var i = lid; i < g.squares; i += threads) { sum += squares[m * g.squares_model + i]; }
    partial[lid] = sum;
    workgroupBarrier();
    if (lid == 0u) {
      var total = 0.0;
      for (var i = 0u; i < threads; i++) { total += partial[i]; }
      scale = sqrt(total);
    }
    workgroupBarrier();
    norm = scale;
  }
  // torch.nn.utils.clip_grad_norm_: clip / (norm + 1e-6), never above 1.
  let factor = select(1.0, min(1.0, g.clip / (norm + 1e-6)), clips);

  let region = count.z * g.p_model / 4u;
  let rate = plan.x / plan.z;
  let correction = 1.0 / sqrt(plan.w);
  let element = 4u * (lid % 16u);
  for (var i = wid.x * (threads / 16u) + lid / 16u; i < g.blocks; i += count.x * (threads / 16u)) {
    let block = blocks[i];
    if (element >= block.valid) { continue; }
    let parts = select(block.parts, 1u, clips);
    let last = block.valid - 1u;
    var grad = vec4f();
    for (var part = 0u; part < parts; part++) {
      let row = block.grad + m * block.grad_model + part * block.part_stride;
      grad += vec4f(grads[row + element], grads[row + min(element + 1u, last)], grads[row + min(element + 2u, last)], grads[row + min(element + 3u, last)]);
    }
    grad *= factor;
    // Past the end of a parameter lies padding, which is left as it is.
    let inside = vec4u(element) + vec4u(0u, 1u, 2u, 3u) <= vec4u(last);
    let at = (m * g.p_model + 64u * i + element) / 4u;
    let before = arena[at];
    var weight = before;
    let first_before = arena[at + region];
    let second_before = arena[at + 2u * region];
    // Weight decay: torch.optim.Adam adds it to the gradient, after clipping; AdamW takes it off the weight itself.
    if (g.decay > 0.0) {
      if (g.decoupled != 0u) { weight -= plan.x * g.decay * weight; } else { grad += g.decay * weight; }
    }
    let first = plan.y * first_before + (1.0 - plan.y) * grad;
    let second = g.beta2 * second_before + g.fresh * grad * grad;
    arena[at + region] = select(first_before, first, inside);
    arena[at + 2u * region] = select(second_before, second, inside);
    arena[at] = select(before, weight - rate * first / (sqrt(second) * correction + g.eps), inside);
  }

  if (wid.x == 0u && lid == 0u) {
    var sum = 0.0;
    for (var i = 0u; i < g.rows; i++) { sum += loss[m * g.loss_model + i]; }
    history[m * g.history_model + step % g.capacity] = vec4f(sum / f32(g.rows), norm, plan.x, 0.0);
  }

  // Every invocation has read the step before the barrier, every workgroup before the last one arrives here.
  workgroupBarrier();
  if (lid == 0u && atomicAdd(&state[1], 1u) == count.x * count.z - 1u) {
    atomicStore(&state[1], 0u);
    atomicStore(&state[0], step + 1u);
  }
}
