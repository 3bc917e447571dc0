// The max-margin perceptron through the origin by its dual: minimise |Zᵀa|²/2 - Σa over a >= 0; then w = Zᵀa and every margin z·w is >= 1.
// Z: z of pruning/inputs. vectors [models, 4, row_blocks] vec4f: a, gradient, direction, Z·Zᵀ·direction. w [models, column_blocks] vec4f.
// report [models] vec4f: steps done, relative gap, margin κ = min z·w/|w|, state (0 running, 1 converged, 2 out of steps).
// A workgroup owns one model (z) for `steps` steps. Library: pruning/sums. Source: Dostál and Schöberl, "Minimizing quadratic functions subject
// to bound constraints with the rate of convergence and finite termination" (2005), where a blocked step is projected in one go.

struct Params { kept: u32, row_blocks: u32, column_blocks: u32, steps: u32, most_steps: u32, gap: f32, step_length: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> z: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> vectors: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> w: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> report: array<vec4f>;

const NO_BOUND = 3.0e38;

var<workgroup> earlier: vec4f;

// w = Zᵀ·vectors[first ..]; returns this invocation's part of |w|².
fn transpose_times(lane: u32, model: u32, first: u32) -> f32 {
  storageBarrier();
  var squares = 0.0;
  let blocks = params.row_blocks * params.column_blocks;
  for (var column = lane; column < params.column_blocks; column += workgroup_size) {
    var sum = vec4f();
    var place = 4u * (model * blocks + column);
    for (var row = 0u; row < params.row_blocks; row++) {
      let d = vectors[first + row];
      sum += z[place] * d.x + z[place + 1u] * d.y + (z[place + 2u] * d.z + z[place + 3u] * d.w);
      place += 4u * params.column_blocks;
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
  let a_at = 4u * model * rows;
  let gradient_at = a_at + rows;
  let direction_at = a_at + 2u * rows;
  let product_at = a_at + 3u * rows;
  if (lane == 0u) {
    earlier = report[model];
  }
  let before = workgroupUniformLoad(&earlier);
  if (before.w != 0.0) {
    return;
  }

  // The gradient afresh: what steps leave of it drifts in f32. With it the certificate: no separator has a margin above |w|/Σa.
  let first_squares = transpose_times(lane, model, a_at);
  var total = 0.0;
  var least = NO_BOUND;
  for (var row = lane; row < rows; row += workgroup_size) {
    let a = vectors[a_at + row];
    let margins = rows_times(model, row);
    let inside = is_example(row);
    let gradient = margins - inside;
    vectors[gradient_at + row] = gradient;
    if (before.x == 0.0) {
      vectors[direction_at + row] = vec4f();
    }
    total += dot(a, vec4f(1.0));
    let counted = select(vec4f(NO_BOUND), margins, inside > vec4f(0.5));
    least = min(least, min(min(counted.x, counted.y), min(counted.z, counted.w)));
  }
  let start = workgroup_sum(lane, vec4f(total, first_squares, 0.0, 0.0));
  let margin = workgroup_min(lane, least);
  if (before.x > 0.0) {
    let gap = 1.0 - margin * start.x / start.y;
    let state = select(select(0.0, 2.0, before.x >= f32(params.most_steps)), 1.0, gap <= params.gap);
    if (lane == 0u) {
      report[model] = vec4f(before.x, gap, margin * inverseSqrt(start.y), state);
    }
    if (state != 0.0) {
      return;
    }
  }

  var steps = 0u;
  while (steps < params.steps) {
    steps++;
    // Bound part squared, free part by its longest step that stays in bounds, gradient along the direction.
    var sums = vec4f();
    for (var row = lane; row < rows; row += workgroup_size) {
      let a = vectors[a_at + row];
      let gradient = vectors[gradient_at + row];
      let free = free_gradient(a, gradient);
      let bound = bound_gradient(a, gradient);
      let reduced = min(a / params.step_length, free);
      sums += vec4f(dot(bound, bound), dot(reduced, free), dot(gradient, vectors[direction_at + row]), 0.0);
    }
    sums = workgroup_sum(lane, sums);
    let releases = sums.x > sums.y;
    if (releases) {
      for (var row = lane; row < rows; row += workgroup_size) {
        vectors[direction_at + row] = bound_gradient(vectors[a_at + row], vectors[gradient_at + row]);
      }
    }
    let squares = transpose_times(lane, model, direction_at);
    let curvature = workgroup_sum(lane, vec4f(squares, 0.0, 0.0, 0.0)).x;
    if (curvature <= 0.0) {
      break;
    }
    let length = select(sums.z, sums.x, releases) / curvature;
    // The step, cut off at 0; how many rows were cut off, and the new free gradient along the product.
    var outcome = vec4f();
    for (var row = lane; row < rows; row += workgroup_size) {
      let product = rows_times(model, row);
      let wanted = vectors[a_at + row] - length * vectors[direction_at + row];
      let a = max(wanted, vec4f());
      let gradient = vectors[gradient_at + row] - length * product;
      vectors[a_at + row] = a;
      vectors[gradient_at + row] = gradient;
      vectors[product_at + row] = product;
      outcome += vec4f(dot(vec4f(wanted < vec4f()), vec4f(1.0)), dot(free_gradient(a, gradient), product), 0.0, 0.0);
    }
    outcome = workgroup_sum(lane, outcome);
    if (outcome.x > 0.0) {
      _ = transpose_times(lane, model, a_at);
      for (var row = lane; row < rows; row += workgroup_size) {
        let gradient = rows_times(model, row) - is_example(row);
        vectors[gradient_at + row] = gradient;
        vectors[direction_at + row] = free_gradient(vectors[a_at + row], gradient);
      }
    } else {
      // Conjugate to the step just done, except after a release.
      let conjugation = select(outcome.y / curvature, 0.0, releases);
      for (var row = lane; row < rows; row += workgroup_size) {
        let a = vectors[a_at + row];
        let direction = free_gradient(a, vectors[gradient_at + row]) - conjugation * vectors[direction_at + row];
        vectors[direction_at + row] = select(vec4f(), direction, a > vec4f());
      }
    }
  }
  if (lane == 0u) {
    report[model].x = before.x + f32(steps);
  }
}
