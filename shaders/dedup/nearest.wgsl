// For each query row the candidate row of the greatest product: best[q] = max over c in ranges[q].x .. ranges[q].y − 1 of queries[q]·candidates[c],
// winner[q] its c, the first among equals. queries [Q,W], candidates [·,W] vec4f, zero-padded: candidate c of this dispatch's, first_candidate and
// on, is row first_row + c − first_candidate. best [Q] f32 and winner [Q] u32 go on from earlier dispatches. One invocation owns 4 queries.

struct Params { queries: u32, width: u32, candidates: u32, first_candidate: u32, first_row: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> queries: array<vec4f>;
@group(0) @binding(2) var<storage, read> candidates: array<vec4f>;
@group(0) @binding(3) var<storage, read> ranges: array<vec2u>;
@group(0) @binding(4) var<storage, read_write> best: array<f32>;
@group(0) @binding(5) var<storage, read_write> winner: array<u32>;

override workgroup_size = 64u;

// What query q has found, and the candidates first .. first + 3 of this dispatch with their products.
fn keep(q: u32, first: u32, high: u32, products: vec4f) {
  let range = ranges[q];
  var most = best[q];
  var place = winner[q];
  for (var k = 0u; k < 4u; k++) {
    let c = params.first_candidate + first + k;
    if (first + k < high && c >= range.x && c < range.y && products[k] > most) {
      most = products[k];
      place = c;
    }
  }
  best[q] = most;
  winner[q] = place;
}

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let p = params;
  let q = 4u * ((wid.y * count.x + wid.x) * workgroup_size + lid);
  if (q >= p.queries) {
    return;
  }
  // Past the end the last row is taken again, and what it finds is not kept.
  let last = p.queries - 1u;
  let end = p.first_candidate + p.candidates;
  var low = end;
  var high = p.first_candidate;
  for (var k = 0u; k < 4u; k++) {
    let range = ranges[min(q + k, last)];
    if (range.x < range.y) {
      low = min(low, range.x);
      high = max(high, range.y);
    }
  }
  low = clamp(low, p.first_candidate, end) - p.first_candidate;
  high = clamp(high, p.first_candidate, end) - p.first_candidate;
  let row0 = min(q + 0u, last) * p.width;
  let row1 = min(q + 1u, last) * p.width;
  let row2 = min(q + 2u, last) * p.width;
  let row3 = min(q + 3u, last) * p.width;
  for (var c = low; c < high; c += 4u) {
    let at0 = (p.first_row + min(c + 0u, high - 1u)) * p.width;
    let at1 = (p.first_row + min(c + 1u, high - 1u)) * p.width;
    let at2 = (p.first_row + min(c + 2u, high - 1u)) * p.width;
    let at3 = (p.first_row + min(c + 3u, high - 1u)) * p.width;
    var s0 = vec4f();
    var s1 = vec4f();
    var s2 = vec4f();
    var s3 = vec4f();
    for (var w = 0u; w < p.width; w++) {
      let y0 = candidates[at0 + w];
      let y1 = candidates[at1 + w];
      let y2 = candidates[at2 + w];
      let y3 = candidates[at3 + w];
      let x0 = queries[row0 + w];
      s0 += vec4f(dot(x0, y0), dot(x0, y1), dot(x0, y2), dot(x0, y3));
      let x1 = queries[row1 + w];
      s1 += vec4f(dot(x1, y0), dot(x1, y1), dot(x1, y2), dot(x1, y3));
      let x2 = queries[row2 + w];
      s2 += vec4f(dot(x2, y0), dot(x2, y1), dot(x2, y2), dot(x2, y3));
      let x3 = queries[row3 + w];
      s3 += vec4f(dot(x3, y0), dot(x3, y1), dot(x3, y2), dot(x3, y3));
    }
    keep(q, c, high, s0);
    if (q + 1u <= last) {
      keep(q + 1u, c, high, s1);
    }
    if (q + 2u <= last) {
      keep(q + 2u, c, high, s2);
    }
    if (q + 3u <= last) {
      keep(q + 3u, c, high, s3);
    }
  }
}
