// First half of gradient-norm clipping: adds the parts of every gradient in order, writes the sum over part 0, and leaves one partial sum of
// squares a workgroup; optimizer/adam.wgsl adds those in order and scales. grads: the gradient arena; blocks: see optimizer/adam.wgsl.
// A workgroup owns blocks wid.x, wid.x + stride … of 64 elements, an invocation one element of each.

struct Params { blocks: u32, squares_model: u32 }
struct Block { grad: u32, grad_model: u32, parts: u32, part_stride: u32, valid: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> blocks: array<Block>;
@group(0) @binding(2) var<storage, read_write> grads: array<f32>;
@group(0) @binding(3) var<storage, read_write> squares: array<f32>;

var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  var total = 0.0;
  for (var i = wid.x; i < params.blocks; i += count.x) {
    let block = blocks[i];
    if (lid >= block.valid) { continue; }
    let at = block.grad + wid.z * block.grad_model + lid;
    var sum = 0.0;
    for (var part = 0u; part < block.parts; part++) { sum += grads[at + part * block.part_stride]; }
    grads[at] = sum;
    total += sum * sum;
  }
  partial[lid] = total;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (lid < half) { partial[lid] += partial[lid + half]; }
    workgroupBarrier();
  }
  if (lid == 0u) { squares[wid.z * params.squares_model + wid.x] = partial[0]; }
}
