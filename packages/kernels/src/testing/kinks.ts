const CLEARANCE = 1e-3;

/** Whether no value is near 0, where ReLU changes its mind; exactly 0 is what padding alone makes, and stays. */
export const clearOf = (values: Float64Array): boolean => values.every((value) => value === 0 || Math.abs(value) > CLEARANCE);

/** Whether the largest value of every 2×2 window is ahead of the others, and the window's maximum away from 0. Planes are h×w. */
export function clearWindows(values: Float64Array, h: number, w: number): boolean {
  for (let plane = 0; plane < values.length; plane += h * w)
    for (let i = 0; i < h; i += 2)
      for (let j = 0; j < w; j += 2) {
        const at = plane + i * w + j;
        const [first, second] = [values[at]!, values[at + 1]!, values[at + w]!, values[at + w + 1]!].sort((a, b) => b - a) as [
          number,
          number,
        ];
        if (first - second <= CLEARANCE || Math.abs(first) <= CLEARANCE) return false;
      }
  return true;
}
