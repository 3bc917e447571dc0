// The `kept` examples with the smallest keys, those of lower index first where keys are equal: exact, whatever the keys.
// keys [models, examples] u32 -> chosen [models, kept] u32, indices in ascending order. The threshold is found eight bits at a time by counting
// (radix select), then each invocation writes what a contiguous range of examples gives. A workgroup owns one model (z).

override workgroup_size = 64u;

struct Params { examples: u32, kept: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> keys: array<u32>;
@group(0) @binding(2) var<storage, read_write> chosen: array<u32>;

var<workgroup> counts: array<atomic<u32>, 256>;
// The bits of the threshold found so far, and how many keys that agree with them are to be kept.
var<workgroup> found: vec2u;
// Keys below the threshold and equal to it, an entry an invocation.
var<workgroup> tallies: array<vec2u, workgroup_size>;

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = wid.z * params.examples;
  if (lane == 0u) {
    found = vec2u(0u, params.kept);
  }
  var known = 0u;
  for (var digit = 0u; digit < 4u; digit++) {
    let shift = 24u - 8u * digit;
    for (var bin = lane; bin < 256u; bin += workgroup_size) {
      atomicStore(&counts[bin], 0u);
    }
    let so_far = workgroupUniformLoad(&found);
    for (var i = lane; i < params.examples; i += workgroup_size) {
      let key = keys[first + i];
      if ((key & known) == so_far.x) {
        atomicAdd(&counts[(key >> shift) & 255u], 1u);
      }
    }
    workgroupBarrier();
    if (lane == 0u) {
      var left = so_far.y;
      var bin = 0u;
      while (bin < 255u) {
        let count = atomicLoad(&counts[bin]);
        if (count >= left) {
          break;
        }
        left -= count;
        bin++;
      }
      found = vec2u(so_far.x | (bin << shift), left);
    }
    known |= 255u << shift;
  }
  let threshold = workgroupUniformLoad(&found);
  let span = (params.examples + workgroup_size - 1u) / workgroup_size;
  let begin = min(lane * span, params.examples);
  let end = min(begin + span, params.examples);
  var tally = vec2u();
  for (var i = begin; i < end; i++) {
    let key = keys[first + i];
    tally += vec2u(select(0u, 1u, key < threshold.x), select(0u, 1u, key == threshold.x));
  }
  tallies[lane] = tally;
  workgroupBarrier();
  var before = vec2u();
  for (var other = 0u; other < lane; other++) {
    before += tallies[other];
  }
  for (var i = begin; i < end; i++) {
    let key = keys[first + i];
    let equal = key == threshold.x;
    if (key < threshold.x || (equal && before.y < threshold.y)) {
      chosen[wid.z * params.kept + before.x + min(before.y, threshold.y)] = i;
    }
    before += vec2u(select(0u, 1u, key < threshold.x), select(0u, 1u, equal));
  }
}
