/** Nodes and weights of a rule for ∫ f: Σ weight·f(node). */
export interface Rule {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

/** Gauss–Legendre rule of n points on [−1, 1]: roots of the Legendre polynomial by Newton's method. */
export function gaussLegendre(n: number): Rule {
  const nodes = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let step = 0; step < 100; step++) {
      let [before, here] = [1, x];
      for (let k = 2; k <= n; k++) [before, here] = [here, ((2 * k - 1) * x * here - (k - 1) * before) / k];
      slope = (n * (x * here - before)) / (x * x - 1);
      const move = here / slope;
      x -= move;
      if (Math.abs(move) < 1e-15) break;
    }
    nodes[i] = -x;
    weights[i] = 2 / ((1 - x * x) * slope * slope);
  }
  return { nodes, weights };
}

const POINTS = 12;
let panel: Rule | undefined;

/**
 * Calls `visit(x, weight)` over [low, high], cut at the given places and into panels no wider than `widest`, twelve points each: integrands here
 * are smooth but for a few known places, where they bend over a known width.
 */
export function eachNode(
  low: number,
  high: number,
  cuts: readonly number[],
  widest: number,
  visit: (x: number, weight: number) => void,
): void {
  if (!(high > low)) return;
  panel ??= gaussLegendre(POINTS);
  const edges = [low, ...cuts.filter((cut) => cut > low && cut < high).sort((a, b) => a - b), high];
  for (let e = 1; e < edges.length; e++) {
    const [start, end] = [edges[e - 1]!, edges[e]!];
    const count = Math.max(1, Math.ceil((end - start) / widest));
    const half = (end - start) / count / 2;
    for (let i = 0; i < count; i++) {
      const middle = start + (2 * i + 1) * half;
      for (let k = 0; k < POINTS; k++) visit(middle + half * panel.nodes[k]!, half * panel.weights[k]!);
    }
  }
}

/** Where a step of the given width at `centre` needs finer panels. */
export const aroundStep = (centre: number, width: number): number[] =>
  [-8, -4, -2, -1, 0, 1, 2, 4, 8].map((times) => centre + times * width);
