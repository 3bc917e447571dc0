import { type KernelRow, type PhaseReport, phaseName } from '../report.js';
import { groupBy, sum } from '../statistics.js';
import { countText, cut, digits, escapeXml, percent } from './text.js';

interface Box {
  readonly name: string;
  readonly ms: number;
  readonly children: readonly Box[];
}

const PARTS: Readonly<Record<string, string>> = { data: 'batch', train: 'forward, backward, optimizer', evaluate: 'forward, score' };
const HEIGHT = 26;

const total = (boxes: readonly Box[]): number => sum(boxes.map(({ ms }) => ms));
const box = (name: string, children: readonly Box[]): Box => ({ name, ms: total(children), children });

/** Phase, half of the step, op, kernel with its sizes. */
function tree(phase: PhaseReport, rows: readonly KernelRow[]): Box {
  const timed = rows.filter(({ msPerStep }) => (msPerStep ?? 0) > 0);
  const parts = [...groupBy(timed, ({ part }) => part)].map(([part, own]) => {
    const ops = [...groupBy(own, ({ op }) => op.split('/')[0]!)].map(([op, kernels]) =>
      box(
        op,
        kernels.map(({ name, shape, callsPerStep, msPerStep }) => ({
          name: `${name.slice(name.indexOf('/') + 1)} ${shape}${callsPerStep > 1 ? ` · ${countText(callsPerStep)}×` : ''}`,
          ms: msPerStep!,
          children: [],
        })),
      ),
    );
    return box(
      PARTS[part] ?? part,
      ops.sort((a, b) => b.ms - a.ms),
    );
  });
  return box(phase.phase === 'evaluation' ? 'an evaluation' : `a ${phaseName(phase.phase)} step`, parts);
}

/** A flame view of the GPU's time, root on top: the width is the time that a step spends in the kernels below. */
export function flame(phase: PhaseReport, rows: readonly KernelRow[], width: number): string {
  const root = tree(phase, rows);
  if (root.ms === 0) return '';
  const scale = width / root.ms;
  const shapes: string[] = [];
  const draw = (at: Box, x: number, depth: number, above: readonly string[]): void => {
    const w = at.ms * scale;
    const path = [...above, at.name];
    const title = `${path.join(' › ')}: ${digits(at.ms)} ms, ${percent(at.ms / root.ms)}`;
    const label = cut(depth === 0 ? `${at.name}: ${digits(at.ms)} ms of kernels` : `${at.name} ${percent(at.ms / root.ms)}`, w - 10);
    shapes.push(
      `<g><title>${escapeXml(title)}</title><rect class="box d${depth}" x="${x.toFixed(2)}" y="${depth * HEIGHT}" width="${Math.max(0.5, w).toFixed(2)}" height="${HEIGHT - 1}" rx="2"/>${label === '' ? '' : `<text class="on d${depth}" x="${(x + 5).toFixed(2)}" y="${depth * HEIGHT + 17}">${escapeXml(label)}</text>`}</g>`,
    );
    let from = x;
    for (const child of at.children) {
      draw(child, from, depth + 1, path);
      from += child.ms * scale;
    }
  };
  draw(root, 0, 0, []);
  const height = 4 * HEIGHT;
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Flame view of ${escapeXml(root.name)}">${shapes.join('')}</svg>`;
}
