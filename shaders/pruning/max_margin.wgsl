// The max-margin perceptron through the origin: minimise |Zᵀa|²/2 - Σa over a >= 0, then w = Zᵀa has margins >= 1. Z: z of pruning/inputs. vectors
// [models, 3, row_blocks] vec4f: a, gradient, direction. w [models, column_blocks] vec4f. listed [models, row_blocks]: blocks whose rows may move.
// report [models] vec4f: steps, relative gap, margin κ = min z·w/|w|, state (0 running, 1 converged, 2 out of steps). A workgroup owns one model (z)
// for `steps` steps. Library: pruning/sums. Source: Dostál and Schöberl, "Minimizing quadratic functions subject to bound constraints …" (2005);
// a step that would leave the bounds is projected in one go, and rows at their bound are looked at only when that may release one.

struct Params { kept: u32, row_blocks: u32, column_blocks: u32, steps: u32, most_steps: u32, gap: f32, step_length: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> z: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> vectors: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> listed: array<u32>;
@group(0) @binding(4) var<storage, read_write> w: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> report: array<vec4f>;

const NO_BOUND = 3.0e38;
// Projecting a whole step is fast and may go round in circles; stopping at the first bound cannot, as it never climbs. Turns of so many steps.
const TURN = 1024u;
// Square of a gradient that counts as rounding error, where margins are about 1.
const SOLVED = 1.0e-10;
// Curvature beside the largest there is that counts as none.
const FLAT = 1.0e-6;
const LEAST = 1.0e-30;

var<workgroup> earlier: vec4f;
// Blocks that each invocation's range of blocks lists, and all of them.
var<workgroup> tallies: array<u32, workgroup_size>;
var<workgroup> list_length: u32;

// w = Zᵀ·vectors[first ..], which is 0 outside of the list; returns this invocation's part of |w|².
fn transpose_times(lane: u32, model: u32, first: u32, length: u32) -> f32 {
  storageBarrier();
  var squares = 0.0;
  let rows_at = model * params.row_blocks;
  for (var column = lane; column < params.column_blocks; column += workgroup_size) {
    var sum = vec4f();
    for (var i = 0u; i < length; i++) {
      let row = listed[rows_at + i];
      let d = vectors[first + row];
      let place = 4u * ((rows_at + row) * params.column_blocks + column);
      sum += z[place] * d.x + z[place + 1u] * d.y + (z[place + 2u] * d.z + z[place + 3u] * d.w);
    }
    w[model * params.column_blocks + column] = sum;
    squares += dot(sum, sum);
  }
  storageBarrier();
  return squares;
}

// Four rows of Z·w.
fn rows_times(model: u32, row: u32) -> vec4f {
  var place = 4u * (model * params.row_blocks + row) * params.column_blocks;
  let first = model * params.column_blocks;
  var sum = vec4f();
  for (var column = 0u; column < params.column_blocks; column++) {
    let v = w[first + column];
    sum += vec4f(dot(z[place], v), dot(z[place + 1u], v), dot(z[place + 2u], v), dot(z[place + 3u], v));
    place += 4u;
  }
  return sum;
}

// Lists the blocks with a row that is off its bound or about to leave it, in ascending order; returns their number.
fn list_blocks(lane: u32, model: u32, a_at: u32, direction_at: u32) -> u32 {
  let span = (params.row_blocks + workgroup_size - 1u) / workgroup_size;
  let begin = min(lane * span, params.row_blocks);
  let end = min(begin + span, params.row_blocks);
  storageBarrier();
  var count = 0u;
  for (var row = begin; row < end; row++) {
    count += select(0u, 1u, any((vectors[a_at + row] > vec4f()) | (vectors[direction_at + row] != vec4f())));
  }
  tallies[lane] = count;
  workgroupBarrier();
  var place = model * params.row_blocks;
  for (var other = 0u; other < lane; other++) {
    place += tallies[other];
  }
  if (lane == workgroup_size - 1u) {
    list_length = place + count - model * params.row_blocks;
  }
  for (var row = begin; row < end; row++) {
    if (any((vectors[a_at + row] > vec4f()) | (vectors[direction_at + row] != vec4f()))) {
      listed[place] = row;
      place++;
    }
  }
  storageBarrier();
  return workgroupUniformLoad(&list_length);
}

// 1 where the block's rows are examples, 0 where they pad: a padding row has gradient 0 and so stays at a = 0.
fn is_example(row: u32) -> vec4f {
  return vec4f(4u * row + vec4u(0u, 1u, 2u, 3u) < vec4u(params.kept));
}

// The gradient where a > 0: what moves without leaving the bounds.
fn free_gradient(a: vec4f, gradient: vec4f) -> vec4f {
  return select(vec4f(), gradient, a > vec4f());
}

// The gradient of those at a = 0 that want to grow.
fn bound_gradient(a: vec4f, gradient: vec4f) -> vec4f {
  return select(min(gradient, vec4f()), vec4f(), a > vec4f());
}

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let model = wid.z;
  let rows = params.row_blocks;
  let list_at = model * rows;
  let a_at = 3u * list_at;
  let gradient_at = a_at + rows;
  let direction_at = a_at + 2u * rows;
  if (lane == 0u) {
    earlier = report[model];
  }
  let before = workgroupUniformLoad(&earlier);
  if (before.w != 0.0) {
    return;
  }

  let cautious = (u32(before.x) / TURN) % 2u == 1u;
  var length_of_list = list_blocks(lane, model, a_at, direction_at);
  // Whether every row's gradient is that of a as it is; whether to make it so; the squared gradient of bound rows that want to leave, when it was.
  var fresh = false;
  var looks = true;
  var bound_squares = 0.0;
  var steps = 0u;
  while (steps < params.steps) {
    if (looks) {
      // All gradients anew: what steps leave of them drifts in f32. With them the certificate: no separator has a margin above |w|/Σa.
      let squares = transpose_times(lane, model, a_at, length_of_list);
      var all = vec4f();
      var least = NO_BOUND;
      for (var row = lane; row < rows; row += workgroup_size) {
        let a = vectors[a_at + row];
        let margins = rows_times(model, row);
        let inside = is_example(row);
        let gradient = margins - inside;
        vectors[gradient_at + row] = gradient;
        let bound = bound_gradient(a, gradient);
        all += vec4f(dot(a, vec4f(1.0)), dot(bound, bound), 0.0, 0.0);
        let counted = select(vec4f(NO_BOUND), margins, inside > vec4f(0.5));
        least = min(least, min(min(counted.x, counted.y), min(counted.z, counted.w)));
      }
      all = workgroup_sum(lane, all + vec4f(0.0, 0.0, squares, 0.0));
      let margin = workgroup_min(lane, least);
      storageBarrier();
      bound_squares = all.y;
      fresh = true;
      looks = false;
      let done = before.x + f32(steps);
      if (done > 0.0) {
        let gap = 1.0 - margin * all.x / all.z;
        let state = select(select(0.0, 2.0, done >= f32(params.most_steps)), 1.0, gap <= params.gap);
        if (lane == 0u) {
          report[model] = vec4f(done, gap, margin * inverseSqrt(all.z), state);
        }
        if (state != 0.0) {
          return;
        }
      }
    }

    // The free gradient by the longest step that stays in bounds; gradient along direction; squares of direction and of free gradient.
    var sums = vec4f();
    for (var i = lane; i < length_of_list; i += workgroup_size) {
      let row = listed[list_at + i];
      let a = vectors[a_at + row];
      let gradient = vectors[gradient_at + row];
      let free = free_gradient(a, gradient);
      let direction = vectors[direction_at + row];
      sums += vec4f(dot(min(a / params.step_length, free), free), dot(gradient, direction), dot(direction, direction), dot(free, free));
    }
    sums = workgroup_sum(lane, sums);
    // On a face that is solved, directions are rounding errors, and where Z·Zᵀ is singular there steps along them are long: look first.
    if (!fresh && sums.x <= SOLVED * f32(params.kept)) {
      looks = true;
      continue;
    }
    let releases = bound_squares > sums.x;
    if (releases) {
      // Only what is known of bound rows as they are now may release them.
      if (!fresh) {
        looks = true;
        continue;
      }
      for (var row = lane; row < rows; row += workgroup_size) {
        vectors[direction_at + row] = bound_gradient(vectors[a_at + row], vectors[gradient_at + row]);
      }
      length_of_list = list_blocks(lane, model, a_at, direction_at);
    }
    // A direction that rounding has turned uphill, or that projections have left empty.
    let restarts = !releases && sums.y <= 0.0;
    if (restarts) {
      for (var i = lane; i < length_of_list; i += workgroup_size) {
        let row = listed[list_at + i];
        vectors[direction_at + row] = free_gradient(vectors[a_at + row], vectors[gradient_at + row]);
      }
    }
    let slope = select(select(sums.y, sums.w, restarts), bound_squares, releases);
    let direction_squares = select(select(sums.z, sums.w, restarts), bound_squares, releases);
    steps++;
    let squares = transpose_times(lane, model, direction_at, length_of_list);
    let curvature = workgroup_sum(lane, vec4f(squares, 0.0, 0.0, 0.0)).x;
    if (slope <= 0.0) {
      break;
    }
    // Along a direction without curvature the way is endless: to its first bound then.
    let flat = curvature * params.step_length <= FLAT * direction_squares;
    let exact = slope / max(curvature, LEAST);
    var longest = NO_BOUND;
    if (cautious || flat) {
      for (var i = lane; i < length_of_list; i += workgroup_size) {
        let row = listed[list_at + i];
        let direction = vectors[direction_at + row];
        let shrinks = direction > vec4f();
        let most = select(vec4f(NO_BOUND), vectors[a_at + row] / select(vec4f(1.0), direction, shrinks), shrinks);
        longest = min(longest, min(min(most.x, most.y), min(most.z, most.w)));
      }
      longest = workgroup_min(lane, longest);
    }
    let stops = exact >= longest;
    let length = min(exact, longest);
    // The step, cut off at 0; how many rows were cut off, and the new free gradient along the product with Z·Zᵀ.
    var outcome = vec4f();
    for (var i = lane; i < length_of_list; i += workgroup_size) {
      let row = listed[list_at + i];
      let product = rows_times(model, row);
      let direction = vectors[direction_at + row];
      let before_step = vectors[a_at + row];
      // Rounding must not leave the row that stopped the step a little above 0.
      let at_bound = vec4<bool>(stops) & (direction > vec4f()) & (before_step <= 1.000001 * length * direction);
      let wanted = select(before_step - length * direction, vec4f(-1.0), at_bound);
      let a = max(wanted, vec4f());
      let gradient = vectors[gradient_at + row] - length * product;
      vectors[a_at + row] = a;
      vectors[gradient_at + row] = gradient;
      outcome += vec4f(dot(vec4f(wanted < vec4f()), vec4f(1.0)), dot(free_gradient(a, gradient), product), 0.0, 0.0);
    }
    outcome = workgroup_sum(lane, outcome);
    fresh = false;
    let projected = outcome.x > 0.0;
    if (projected) {
      _ = transpose_times(lane, model, a_at, length_of_list);
    }
    // Conjugate to the step just done, except after a projection or a release.
    let conjugation = select(outcome.y / max(curvature, LEAST), 0.0, releases || projected);
    for (var i = lane; i < length_of_list; i += workgroup_size) {
      let row = listed[list_at + i];
      let a = vectors[a_at + row];
      var gradient = vectors[gradient_at + row];
      if (projected) {
        gradient = rows_times(model, row) - is_example(row);
        vectors[gradient_at + row] = gradient;
      }
      let direction = free_gradient(a, gradient) - conjugation * vectors[direction_at + row];
      vectors[direction_at + row] = select(vec4f(), direction, a > vec4f());
    }
    if (projected) {
      length_of_list = list_blocks(lane, model, a_at, direction_at);
    }
  }
  if (lane == 0u) {
    report[model].x = before.x + f32(steps);
  }
}
