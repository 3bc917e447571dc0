// Online selection: which `keep` of n candidates a model trains on. scores [M,n] f32 (as bits), labels [M,n] u32 (read where classes > 0), chosen
// [M,keep] u32 = the candidates' numbers in rising order. Sign 0 keeps the highest scores, 1 the lowest; equal scores go by number, a NaN comes last.
// With classes each gets its share of `keep` first (the first keep mod classes one more), and what a class cannot fill goes to the best of the rest.
// All in integers, so that every adapter keeps the same. One workgroup owns a model, an invocation every workgroup_size-th candidate; n ≤ 16384.

override workgroup_size = 64u;

struct Params { n: u32, keep: u32, classes: u32, lowest: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> scores: array<u32>;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
@group(0) @binding(3) var<storage, read_write> chosen: array<u32>;

var<workgroup> kept: array<atomic<u32>, 512>;
var<workgroup> taken: atomic<u32>;

// A score as an integer that grows with its rank: 0 for NaN.
fn rank_key(bits: u32) -> u32 {
  if ((bits & 0x7fffffffu) > 0x7f800000u) {
    return 0u;
  }
  // −0 counts as 0.
  let plain = select(bits, 0u, bits == 0x80000000u);
  let rising = select(plain | 0x80000000u, ~plain, plain >= 0x80000000u);
  return select(rising, ~rising, params.lowest > 0u);
}

fn is_kept(i: u32) -> bool {
  return (atomicLoad(&kept[i >> 5u]) & (1u << (i & 31u))) != 0u;
}

fn keep(i: u32) {
  atomicOr(&kept[i >> 5u], 1u << (i & 31u));
  atomicAdd(&taken, 1u);
}

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = wid.z * params.n;
  if (params.classes > 0u) {
    for (var i = lane; i < params.n; i += workgroup_size) {
      let key = rank_key(scores[first + i]);
      let label = labels[first + i];
      var better = 0u;
      for (var j = 0u; j < params.n; j++) {
        let other = rank_key(scores[first + j]);
        better += select(0u, 1u, labels[first + j] == label && (other > key || (other == key && j < i)));
      }
      let quota = params.keep / params.classes + select(0u, 1u, label < params.keep % params.classes);
      if (label < params.classes && better < quota) {
        keep(i);
      }
    }
  }
  workgroupBarrier();
  let left = params.keep - atomicLoad(&taken);
  workgroupBarrier();
  // The decisions of this round go into registers' place, the mask, only after every invocation has read the mask of the first round.
  var mine = array<u32, 8>();
  for (var i = lane; i < params.n; i += workgroup_size) {
    if (is_kept(i)) {
      continue;
    }
    let key = rank_key(scores[first + i]);
    var better = 0u;
    for (var j = 0u; j < params.n; j++) {
      let other = rank_key(scores[first + j]);
      better += select(0u, 1u, (other > key || (other == key && j < i)) && !is_kept(j));
    }
    if (better < left) {
      let turn = i / workgroup_size;
      mine[turn >> 5u] |= 1u << (turn & 31u);
    }
  }
  workgroupBarrier();
  for (var i = lane; i < params.n; i += workgroup_size) {
    let turn = i / workgroup_size;
    if ((mine[turn >> 5u] & (1u << (turn & 31u))) != 0u) {
      keep(i);
    }
  }
  workgroupBarrier();
  for (var i = lane; i < params.n; i += workgroup_size) {
    if (is_kept(i)) {
      var before = countOneBits(atomicLoad(&kept[i >> 5u]) & ((1u << (i & 31u)) - 1u));
      for (var word = 0u; word < (i >> 5u); word++) {
        before += countOneBits(atomicLoad(&kept[word]));
      }
      chosen[wid.z * params.keep + before] = i;
    }
  }
}
