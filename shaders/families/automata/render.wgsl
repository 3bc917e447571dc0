// Family `automata`: cellular automata on a torus, x [M,batch,C,H,W] f32 in [0,1] with one tone for live cells and one for dead ones. An elementary rule's
// image is its history, one generation a row after `steps` that are not shown; a life-like rule's is its grid after `steps`. rules [classes]: the rule's
// 8 bits, or 2^31 + birth counts (bits 0..8) + survival counts (bits 9..17). Cells are `cell` pixels wide and packed 32 to a word; neighbours are
// counted for 32 cells at once by adders on bit planes, so that every decision is an integer's. A workgroup owns an image (z = model), a lane every
// workgroup_size-th word. Libraries: random/threefry, sample/tone. Wolfram, "Statistical mechanics of cellular automata", 1983; Gardner, 1970.

override workgroup_size = 32u;

struct Params {
  batch: u32, channels: u32, height: u32, width: u32, row_stride: u32, first_low: u32, first_high: u32, index_step: u32, seeds_model: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> seeds: array<u32>;
@group(0) @binding(3) var<storage, read> rows: array<u32>;
@group(0) @binding(4) var<storage, read> rules: array<u32>;
@group(0) @binding(5) var<storage, read_write> x: array<f32>;

// 256·256 cells, 32 a word: two such grids fill the workgroup memory that every device has.
const GRID = 2048u;
const FIRST_CELL = 16u;
const LIFE_LIKE = 0x80000000u;

var<workgroup> cells: array<u32, 2u * GRID>;

// A row of cells: where its words begin, how many they are, and the place of the last cell in the last word.
struct Line { first: u32, words: u32, last_bit: u32 }

// The left neighbours of the 32 cells of a word.
fn west(line: Line, word: u32) -> u32 {
  if (word == 0u) {
    return (cells[line.first] << 1u) | ((cells[line.first + line.words - 1u] >> line.last_bit) & 1u);
  }
  return (cells[line.first + word] << 1u) | (cells[line.first + word - 1u] >> 31u);
}

// Their right neighbours.
fn east(line: Line, word: u32) -> u32 {
  let inner = cells[line.first + word] >> 1u;
  if (word + 1u == line.words) {
    return (inner & ~(1u << line.last_bit)) | ((cells[line.first] & 1u) << line.last_bit);
  }
  return inner | ((cells[line.first + word + 1u] & 1u) << 31u);
}

// All ones where the bit is set.
fn spread(word: u32, bit: u32) -> u32 {
  return 0u - ((word >> bit) & 1u);
}

fn elementary(rule: u32, left: u32, centre: u32, right: u32) -> u32 {
  var next = 0u;
  for (var k = 0u; k < 8u; k++) {
    // ~(a ^ pattern) has ones where a agrees with the pattern.
    next |= spread(rule, k) & ~((left ^ spread(k, 2u)) | (centre ^ spread(k, 1u)) | (right ^ spread(k, 0u)));
  }
  return next;
}

// The sum and the carry of three bit planes.
fn add3(a: u32, b: u32, c: u32) -> vec2u {
  return vec2u(a ^ b ^ c, (a & b) | (c & (a ^ b)));
}

fn life_like(rule: u32, above: Line, here: Line, below: Line, word: u32) -> u32 {
  let first = add3(west(above, word), cells[above.first + word], east(above, word));
  let second = add3(west(below, word), cells[below.first + word], east(below, word));
  let third = add3(west(here, word), east(here, word), 0u);
  let ones = add3(first.x, second.x, third.x);
  let twos = add3(first.y, second.y, third.y);
  let more = add3(twos.x, ones.y, 0u);
  let fours = twos.y ^ more.y;
  let eights = twos.y & more.y;
  let centre = cells[here.first + word];
  var next = 0u;
  for (var n = 0u; n <= 8u; n++) {
    let equal = ~((ones.x ^ spread(n, 0u)) | (more.x ^ spread(n, 1u)) | (fours ^ spread(n, 2u)) | (eights ^ spread(n, 3u)));
    next |= equal & ((~centre & spread(rule, n)) | (centre & spread(rule, 9u + n)));
  }
  return next;
}

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let image = wid.y * groups.x + wid.x;
  if (image >= params.batch) {
    return;
  }
  let place = wid.z * params.batch + image;
  let row = place * params.row_stride;
  if (rows[row] == 0u) {
    return;
  }
  let rule = rules[rows[row + 1u]];
  let steps = rows[row + 2u];
  let density = rows[row + 3u];
  let cell = rows[row + 4u];
  let is_life = (rule & LIFE_LIKE) != 0u;
  let wide = (params.width + cell - 1u) / cell;
  let high = (params.height + cell - 1u) / cell;
  let words = (wide + 31u) / 32u;
  let last_bit = (wide - 1u) & 31u;
  let last_mask = 0xffffffffu >> (31u - last_bit);
  let index = sample_index(params.first_low, params.first_high, image * params.index_step);
  let key = sample_key(seeds[wid.z * params.seeds_model], STREAM_IMAGE, state[0], index.y);

  // Each cell lives with probability density/16: from the lowest bit of density to the highest, one bit plane joins by or (1) or and (0).
  for (var w = lane; w < select(words, words * high, is_life); w += workgroup_size) {
    let first = draw_pair(key, index.x, 0u, (FIRST_CELL >> 1u) + 2u * w);
    let second = draw_pair(key, index.x, 0u, (FIRST_CELL >> 1u) + 2u * w + 1u);
    let low = spread(density, 0u) & first.x;
    let middle = select(low & first.y, low | first.y, (density & 2u) != 0u);
    let upper = select(middle & second.x, middle | second.x, (density & 4u) != 0u);
    let alive = select(upper & second.y, upper | second.y, (density & 8u) != 0u);
    cells[w] = select(alive, alive & last_mask, w % words == words - 1u);
  }
  workgroupBarrier();

  // Where the picture begins: a grid for life-like rules, a row of the ring of generations for the others.
  var origin = 0u;
  if (is_life) {
    for (var t = 0u; t < steps; t++) {
      for (var w = lane; w < words * high; w += workgroup_size) {
        let r = w / words;
        let word = w - r * words;
        let above = Line(origin + words * select(r - 1u, high - 1u, r == 0u), words, last_bit);
        let here = Line(origin + words * r, words, last_bit);
        let below = Line(origin + words * select(r + 1u, 0u, r + 1u == high), words, last_bit);
        let next = life_like(rule, above, here, below, word);
        cells[(GRID - origin) + w] = select(next, next & last_mask, word == words - 1u);
      }
      workgroupBarrier();
      origin = GRID - origin;
    }
  } else {
    var here = 0u;
    for (var t = 1u; t < steps + high; t++) {
      let next_row = select(here + 1u, 0u, here + 1u == high);
      for (var word = lane; word < words; word += workgroup_size) {
        let line = Line(here * words, words, last_bit);
        let next = elementary(rule, west(line, word), cells[line.first + word], east(line, word));
        cells[GRID + word] = select(next, next & last_mask, word == words - 1u);
      }
      workgroupBarrier();
      for (var word = lane; word < words; word += workgroup_size) {
        cells[next_row * words + word] = cells[GRID + word];
      }
      workgroupBarrier();
      here = next_row;
    }
    origin = select(here + 1u, 0u, here + 1u == high);
  }

  let contrast = bitcast<f32>(rows[row + 5u]);
  var share = vec3f(contrast);
  if (params.channels > 1u) {
    share = channel_share(contrast, vec3f(bitcast<f32>(rows[row + 6u]), bitcast<f32>(rows[row + 7u]), bitcast<f32>(rows[row + 8u])));
  }
  let shift = vec3f(bitcast<f32>(rows[row + 9u]), bitcast<f32>(rows[row + 10u]), bitcast<f32>(rows[row + 11u]));
  let plane = params.height * params.width;
  let start = place * params.channels * plane;
  for (var pixel = lane; pixel < plane; pixel += workgroup_size) {
    let j = pixel / params.width;
    let column = (pixel - j * params.width) / cell;
    var first = origin + (j / cell) * words;
    if (!is_life) {
      let generation = origin + j / cell;
      first = words * select(generation, generation - high, generation >= high);
    }
    let alive = (cells[first + (column >> 5u)] >> (column & 31u)) & 1u;
    let value = select(-1.0, 1.0, alive == 1u);
    for (var c = 0u; c < params.channels; c++) {
      x[start + c * plane + pixel] = tone(value, share[c], shift[c]);
    }
  }
}
