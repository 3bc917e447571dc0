// Stochastic gradient descent with momentum, Nesterov's and weight decay (Sutskever et al. 2013, as torch.optim.SGD without dampening) for all
// parameters at once, and the end of a training step: one dispatch. blocks, grads, loss, history and state are those of optimizer/adam.wgsl;
// arena [3, M, P] holds weights, velocities and a third that stays as it is; schedule[t] = lr, momentum, 0, 0, a row a step [M, steps].
// Workgroups stride over blocks, an invocation owns an element.

struct Params {
  blocks: u32, rows: u32, steps: u32, capacity: u32, squares: u32, clip: f32, decay: f32, nesterov: u32,
  p_model: u32, loss_model: u32, schedule_model: u32, history_model: u32, squares_model: u32,
}
struct Block { grad: u32, grad_model: u32, parts: u32, part_stride: u32, valid: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> blocks: array<Block>;
@group(0) @binding(2) var<storage, read> grads: array<f32>;
@group(0) @binding(3) var<storage, read> schedule: array<vec4f>;
@group(0) @binding(4) var<storage, read> squares: array<f32>;
@group(0) @binding(5) var<storage, read> loss: array<f32>;
@group(0) @binding(6) var<storage, read_write> arena: array<f32>;
@group(0) @binding(7) var<storage, read_write> history: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> state: array<atomic<u32>>;

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

  let region = count.z * g.p_model;
  for (var i = wid.x; i < g.blocks; i += count.x) {
    let block = blocks[i];
    let parts = select(block.parts, 1u, clips);
    for (var element = lid; element < block.valid; element += threads) {
      var grad = 0.0;
      let grad_at = block.grad + m * block.grad_model + element;
      for (var part = 0u; part < parts; part++) { grad += grads[grad_at + part * block.part_stride]; }
      grad *= factor;
      let at = m * g.p_model + 64u * i + element;
      if (g.decay > 0.0) { grad += g.decay * arena[at]; }
      // From a buffer of zeros the first step leaves the gradient itself there, as torch does; without dampening.
      let velocity = plan.y * arena[at + region] + grad;
      arena[at + region] = velocity;
      arena[at] -= plan.x * select(velocity, grad + plan.y * velocity, g.nesterov != 0u);
    }
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
