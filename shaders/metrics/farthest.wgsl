// One greedy step over all rows: how far each is from what the step aims at, and the best row of each workgroup that is not taken yet.
// rows [N,D], aim [D], gaps [N] f32, taken [N] u32 (1: taken), best [G] vec2u: score (0: none) and row, the lower row among equals.
// k-centre (metric 0): aim is the row taken last, gaps[n] = min(gaps[n], |rows[n] − aim|²), the largest is best (Sener & Savarese 2018).
// herding (metric 1): gaps[n] = |rows[n] − aim|², the smallest is best (Welling 2009). Invocations own rows a whole dispatch apart.

struct Params { n: u32, d: u32, metric: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<f32>;
@group(0) @binding(2) var<storage, read> aim: array<f32>;
@group(0) @binding(3) var<storage, read_write> gaps: array<f32>;
@group(0) @binding(4) var<storage, read> taken: array<u32>;
@group(0) @binding(5) var<storage, read_write> best: array<vec2u>;

var<workgroup> scores: array<u32, 64>;
var<workgroup> places: array<u32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let p = params;
  var score = 0u;
  var place = 0u;
  for (var n = (wid.y * count.x + wid.x) * 64u + lid; n < p.n; n += 64u * count.x * count.y) {
    var gap = 0.0;
    for (var d = 0u; d < p.d; d++) {
      let difference = rows[n * p.d + d] - aim[d];
      gap += difference * difference;
    }
    if (p.metric == 0u) {
      gap = min(gap, gaps[n]);
    }
    gaps[n] = gap;
    // Gaps are not negative, so that their bits are in their order; 0 is for rows that are taken.
    let bits = bitcast<u32>(gap);
    let own = select(select(0xffffffffu - bits, bits + 1u, p.metric == 0u), 0u, taken[n] == 1u);
    if (own > score) {
      score = own;
      place = n;
    }
  }
  scores[lid] = score;
  places[lid] = place;
  workgroupBarrier();
  if (lid == 0u) {
    for (var i = 1u; i < 64u; i++) {
      if (scores[i] > score || (scores[i] == score && places[i] < place)) {
        score = scores[i];
        place = places[i];
      }
    }
    best[wid.y * count.x + wid.x] = vec2u(score, place);
  }
}
