/** Tensors of a task by role: matmul y = a·b; convolution y = x ⋆ w, with the gradients dx (of dy, w) and dw (of dy, x). */
export interface Task {
  readonly name: string;
  readonly kind: 'matmul' | 'conv forward' | 'conv data gradient' | 'conv weight gradient';
  readonly size: number;
  /** Floating-point operations, a multiply-add counted as two. */
  readonly flops: number;
  readonly inputs: Readonly<Record<string, { shape: readonly number[]; data: Float32Array<ArrayBuffer> }>>;
  readonly outputShape: readonly number[];
  /** Element i of the output, NCHW or row-major, summed in f64. */
  expected(i: number): number;
}

/** N images, C → K channels, H×H pixels, 3×3 with padding 1: the poster CNN's larger convolution on full images. */
export const conv = { n: 64, c: 8, k: 16, h: 28 } as const;

/** Uniform in ±1, the same on every run. */
function uniform(length: number, seed: number): Float32Array<ArrayBuffer> {
  let state = Math.imul(seed, 2_654_435_761) + 12_345;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** y = a·b of square matrices, uniform in ±1. */
export function matmulTask(size: number): Task {
  const [a, b] = [uniform(size * size, 1), uniform(size * size, 2)];
  return {
    name: `matmul ${size}³`,
    kind: 'matmul',
    size,
    flops: 2 * size ** 3,
    inputs: { a: { shape: [size, size], data: a }, b: { shape: [size, size], data: b } },
    outputShape: [size, size],
    expected(i) {
      const [row, column] = [Math.floor(i / size), i % size];
      let sum = 0;
      for (let k = 0; k < size; k++) sum += a[row * size + k]! * b[k * size + column]!;
      return sum;
    },
  };
}

function convTasks(): Task[] {
  const { n, c, k, h } = conv;
  const [xShape, wShape, yShape] = [
    [n, c, h, h],
    [k, c, 3, 3],
    [n, k, h, h],
  ];
  const x = { shape: xShape, data: uniform(n * c * h * h, 3) };
  const w = { shape: wShape, data: uniform(k * c * 9, 4) };
  const dy = { shape: yShape, data: uniform(n * k * h * h, 5) };
  const inside = (row: number, column: number): boolean => row >= 0 && row < h && column >= 0 && column < h;
  const at = (image: number, channels: number, channel: number, row: number, column: number): number =>
    ((image * channels + channel) * h + row) * h + column;
  const common = { size: h, flops: 2 * n * k * h * h * c * 9 };
  const [pixel, plane] = [(i: number): [number, number] => [Math.floor(i / h) % h, i % h], h * h];
  return [
    {
      ...common,
      name: 'conv forward',
      kind: 'conv forward',
      inputs: { x, w },
      outputShape: yShape,
      expected(i) {
        const [row, column] = pixel(i);
        const [image, filter] = [Math.floor(i / (plane * k)), Math.floor(i / plane) % k];
        let sum = 0;
        for (let channel = 0; channel < c; channel++)
          for (let tap = 0; tap < 9; tap++) {
            const [r, s] = [row + Math.floor(tap / 3) - 1, column + (tap % 3) - 1];
            if (inside(r, s)) sum += x.data[at(image, c, channel, r, s)]! * w.data[(filter * c + channel) * 9 + tap]!;
          }
        return sum;
      },
    },
    {
      ...common,
      name: 'conv data gradient',
      kind: 'conv data gradient',
      inputs: { dy, w },
      outputShape: xShape,
      expected(i) {
        const [row, column] = pixel(i);
        const [image, channel] = [Math.floor(i / (plane * c)), Math.floor(i / plane) % c];
        let sum = 0;
        for (let filter = 0; filter < k; filter++)
          for (let tap = 0; tap < 9; tap++) {
            const [p, q] = [row - Math.floor(tap / 3) + 1, column - (tap % 3) + 1];
            if (inside(p, q)) sum += dy.data[at(image, k, filter, p, q)]! * w.data[(filter * c + channel) * 9 + tap]!;
          }
        return sum;
      },
    },
    {
      ...common,
      name: 'conv weight gradient',
      kind: 'conv weight gradient',
      inputs: { dy, x },
      outputShape: wShape,
      expected(i) {
        const [filter, channel, tap] = [Math.floor(i / (9 * c)), Math.floor(i / 9) % c, i % 9];
        let sum = 0;
        for (let image = 0; image < n; image++)
          for (let row = 0; row < h; row++)
            for (let column = 0; column < h; column++) {
              const [r, s] = [row + Math.floor(tap / 3) - 1, column + (tap % 3) - 1];
              if (inside(r, s)) sum += dy.data[at(image, k, filter, row, column)]! * x.data[at(image, c, channel, r, s)]!;
            }
        return sum;
      },
    },
  ];
}

export const tasks = (): Task[] => [matmulTask(512), matmulTask(1024), ...convTasks()];

/**
 * The largest difference from the f64 sum over 200 elements spread over the output, as a share of the output's typical size there.
 * @param at where the engine keeps element i of the NCHW output
 */
export function errorOf(task: Task, output: ArrayLike<number>, at: (i: number) => number = (i) => i): number {
  const length = task.outputShape.reduce((a, b) => a * b, 1);
  if (output.length !== length) return Number.POSITIVE_INFINITY;
  let [worst, squares] = [0, 0];
  for (let sample = 0; sample < 200; sample++) {
    const i = Math.floor(((sample + 0.5) * length) / 200);
    const expected = task.expected(i);
    const difference = Math.abs(output[at(i)]! - expected);
    worst = Number.isNaN(difference) ? Number.NaN : Math.max(worst, difference);
    squares += expected ** 2;
  }
  return worst / Math.sqrt(squares / 200);
}
