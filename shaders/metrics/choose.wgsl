// Ends a greedy step that farthest.wgsl began: the best row of all workgroups is taken, and what the next step aims at follows from it.
// best [G] vec2u (score, row), rows [N,D], mean [D] f32; taken [N] u32, order [K] u32 (the rows as they were taken), state[0] = how many are.
// aim [D]: k-centre (metric 0) the row itself; herding (metric 1) mean + Σ over taken (mean − row), so that the running mean stays close.
// One workgroup; an invocation owns columns lid, lid + 64 …

struct Params { d: u32, groups: u32, metric: u32, limit: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<f32>;
@group(0) @binding(2) var<storage, read> mean: array<f32>;
@group(0) @binding(3) var<storage, read> best: array<vec2u>;
@group(0) @binding(4) var<storage, read_write> aim: array<f32>;
@group(0) @binding(5) var<storage, read_write> taken: array<u32>;
@group(0) @binding(6) var<storage, read_write> order: array<u32>;
@group(0) @binding(7) var<storage, read_write> state: array<u32>;

var<workgroup> winner: u32;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lid: u32) {
  let p = params;
  if (lid == 0u) {
    var found = best[0];
    for (var i = 1u; i < p.groups; i++) {
      let other = best[i];
      if (other.x > found.x || (other.x == found.x && other.y < found.y)) {
        found = other;
      }
    }
    winner = found.y;
    if (state[0] < p.limit) {
      order[state[0]] = found.y;
      taken[found.y] = 1u;
      state[0] = state[0] + 1u;
    }
  }
  workgroupBarrier();
  for (var d = lid; d < p.d; d += 64u) {
    let row = rows[winner * p.d + d];
    aim[d] = select(row, aim[d] + mean[d] - row, p.metric == 1u);
  }
}
