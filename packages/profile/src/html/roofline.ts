import { type KernelRow, type ProfileReport, phaseName } from '../report.js';
import { digits, escapeXml, percent } from './text.js';

/** A kernel with its number in the table. */
export interface Numbered {
  readonly row: KernelRow;
  readonly number: number;
}

const MARGIN = { left: 56, right: 16, top: 16, bottom: 46 };
const decades = (low: number, high: number): number[] => Array.from({ length: Math.round(high - low) + 1 }, (_, i) => 10 ** (low + i));

/** Kernels that have floating-point work to place. */
export const placeable = ({ row }: Numbered): boolean =>
  (row.flops ?? 0) > 0 && (row.bytes ?? 0) > 0 && (row.gflops ?? 0) > 0 && Number.isFinite(row.gflops);

interface Spot {
  readonly x: number;
  readonly y: number;
}

/** Moves labels up or down until none lies on another; what moved far is joined to its point by a line. */
function spread(points: readonly Spot[], height: number, taken: readonly Spot[]): Spot[] {
  const placed: Spot[] = [];
  const free = (x: number, y: number): boolean =>
    [...taken, ...placed].every((other) => Math.abs(other.x - x) > 20 || Math.abs(other.y - y) > 13);
  for (const { x, y } of points) {
    const tries = Array.from({ length: 60 }, (_, i) => y + (i % 2 === 0 ? 1 : -1) * Math.ceil(i / 2) * 7);
    placed.push({ x, y: tries.find((at) => at > 10 && at < height - MARGIN.bottom && free(x, at)) ?? y });
  }
  return placed;
}

/**
 * The roofline (Williams, Waterman & Patterson 2009): operations a byte against operations a second, both logarithmic, below the adapter's
 * measured ceilings. The area of a point is the kernel's share of its phase; its number is the table's.
 */
export function roofline({ roof }: ProfileReport, kernels: readonly Numbered[], width: number): string {
  const height = Math.round(Math.max(320, Math.min(420, width * 0.62)) + 60);
  const shown = kernels.filter(placeable);
  const intensity = ({ row }: Numbered): number => row.flops! / row.bytes!;
  const ridge = roof.gflops / roof.gbPerSecond;
  if (!(roof.gbPerSecond > 0 && roof.gflops > 0)) return '';
  const xs = [ridge, ...shown.map(intensity)];
  const ys = [roof.gflops, ...shown.map(({ row }) => row.gflops!)];
  const [xLow, xHigh] = [Math.floor(Math.log10(Math.min(...xs))), Math.ceil(Math.log10(Math.max(...xs)))];
  const [yLow, yHigh] = [Math.floor(Math.log10(Math.min(...ys))), Math.ceil(Math.log10(Math.max(...ys) * 1.05))];
  const [right, bottom] = [width - MARGIN.right, height - MARGIN.bottom];
  const x = (value: number): number => MARGIN.left + ((Math.log10(value) - xLow) / Math.max(1, xHigh - xLow)) * (right - MARGIN.left);
  const y = (value: number): number => bottom - ((Math.log10(value) - yLow) / Math.max(1, yHigh - yLow)) * (bottom - MARGIN.top);
  const round = (value: number): string => value.toFixed(1);
  const grid = [
    ...decades(xLow, xHigh).map(
      (value) =>
        `<line class="grid" x1="${round(x(value))}" x2="${round(x(value))}" y1="${MARGIN.top}" y2="${bottom}"/><text x="${round(x(value))}" y="${bottom + 16}" text-anchor="middle">${value}</text>`,
    ),
    ...decades(yLow, yHigh).map(
      (value) =>
        `<line class="grid" x1="${MARGIN.left}" x2="${right}" y1="${round(y(value))}" y2="${round(y(value))}"/><text x="${MARGIN.left - 6}" y="${round(y(value) + 4)}" text-anchor="end">${value}</text>`,
    ),
  ];
  // The slope leaves the frame at the left side or at the bottom, whichever comes first.
  const start = Math.max(10 ** xLow, 10 ** yLow / roof.gbPerSecond);
  const lines = [
    `<path class="roof" d="M${round(x(start))},${round(y(start * roof.gbPerSecond))}L${round(x(ridge))},${round(y(roof.gflops))}L${right},${round(y(roof.gflops))}"/>`,
    `<text class="ceiling" x="${right - 4}" y="${round(y(roof.gflops) - 6)}" text-anchor="end">${digits(roof.gflops)} GFLOP/s</text>`,
    `<text class="ceiling" x="${MARGIN.left + 6}" y="${MARGIN.top + 12}">slope: ${digits(roof.gbPerSecond)} GB/s</text>`,
  ];
  const ordered = [...shown].sort((a, b) => (b.row.share ?? 0) - (a.row.share ?? 0));
  const at = ordered.map((kernel) => {
    const radius = Math.max(3.5, 22 * Math.sqrt(kernel.row.share ?? 0));
    return { kernel, radius, x: x(intensity(kernel)), y: y(kernel.row.gflops!) };
  });
  const labels = spread(
    at.map((point) => ({ x: Math.min(point.x + point.radius + 9, right - 8), y: point.y })),
    height,
    // The words along the roof stay free.
    [5, 30, 55, 80, 105].map((back) => ({ x: right - back, y: y(roof.gflops) - 10 })),
  );
  const points = at.map(({ kernel: { row, number }, radius, x: cx, y: cy }, i) => {
    const label = labels[i]!;
    const title = `${number}: ${row.name} ${row.shape} (${phaseName(row.phase)}): ${digits(row.gflops)} GFLOP/s, ${digits(row.flops! / row.bytes!)} FLOP/byte, ${percent(row.shareOfCeiling)} of its ceiling, ${percent(row.share)} of the phase`;
    const far = Math.abs(label.y - cy) > 9;
    return `<g><title>${escapeXml(title)}</title>${far ? `<line class="leader" x1="${round(cx)}" y1="${round(cy)}" x2="${round(label.x - 4)}" y2="${round(label.y)}"/>` : ''}<circle class="point ${escapeXml(row.phase)}" cx="${round(cx)}" cy="${round(cy)}" r="${round(radius)}"/><text class="number" x="${round(label.x)}" y="${round(label.y + 4)}" text-anchor="middle">${number}</text></g>`;
  });
  const axes = `<text x="${(MARGIN.left + right) / 2}" y="${height - 10}" text-anchor="middle">FLOP per byte</text><text transform="translate(14,${(MARGIN.top + bottom) / 2}) rotate(-90)" text-anchor="middle">GFLOP/s</text>`;
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Roofline: operations per second of each kernel against its operations per byte">${grid.join('')}${lines.join('')}${points.join('')}${axes}</svg>`;
}
