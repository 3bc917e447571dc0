import { s } from '../dom.js';
import { percent, whole } from '../format.js';
import { label, Plot, path } from './plot.js';
import { linear } from './scale.js';

/** One look at the test images. */
export interface Look {
  readonly step: number;
  readonly accuracy: number;
}

/** An earlier run, behind the present one. */
export interface Shadow {
  readonly name: string;
  readonly looks: readonly Look[];
}

/** Accuracy against step: the present run with a dot an evaluation, earlier runs of the tab behind it as thin lines with their names. */
export class AccuracyPlot extends Plot {
  private steps = 0;
  private warmupSteps = 0;
  private looks: Look[] = [];
  private shadows: readonly Shadow[] = [];

  begin(steps: number, warmupSteps: number, shadows: readonly Shadow[]): void {
    this.steps = steps;
    this.warmupSteps = warmupSteps;
    this.looks = [];
    this.shadows = shadows;
    this.redraw();
  }

  add(look: Look): void {
    this.looks = [...this.looks.filter(({ step }) => step < look.step), look];
    this.redraw();
  }

  backTo(step: number): void {
    this.looks = this.looks.filter((look) => look.step <= step);
    this.redraw();
  }

  all(): readonly Look[] {
    return this.looks;
  }

  sentence(): string {
    const last = this.looks.at(-1);
    if (!last) return 'Accuracy against step; not evaluated yet.';
    const first = this.looks[0]!;
    const rise = this.looks.length > 1 ? `from ${percent(first.accuracy)} at step ${whole(first.step)} ` : '';
    return `Accuracy against step: ${rise}to ${percent(last.accuracy)} at step ${whole(last.step)}.`;
  }

  protected draw(width: number, height: number): SVGElement[] {
    const top = 12;
    const bottom = height - 26;
    const left = 46;
    const right = width - 14;
    const longest = Math.max(this.steps, 1, ...this.shadows.flatMap(({ looks }) => looks.map(({ step }) => step)));
    const x = linear(0, longest, left, right, Math.max(2, Math.floor((right - left) / 60)));
    const y = linear(0, 1, bottom, top);
    const nodes: SVGElement[] = [];
    if (this.warmupSteps > 0 && this.steps > 0) {
      nodes.push(s('rect', { x: left, y: top, width: x.place(this.warmupSteps) - left, height: bottom - top, class: 'shade' }));
    }
    for (const tick of [0, 0.25, 0.5, 0.75, 1]) {
      const at = y.place(tick);
      nodes.push(
        s('line', { x1: left, x2: right, y1: at, y2: at, class: tick === 0 ? 'axis' : 'grid' }),
        label(percent(tick, 0), left - 6, at + 4, 'end'),
      );
    }
    if (this.steps === 0) return [...nodes, label('no evaluation yet', (left + right) / 2, (top + bottom) / 2 - 8, 'middle', 'hint')];
    for (const tick of x.ticks) nodes.push(label(whole(tick), x.place(tick), bottom + 18, 'middle'));
    const points = (looks: readonly Look[]) => looks.map(({ step, accuracy }) => [x.place(step), y.place(accuracy)] as const);
    for (const { looks } of this.shadows) nodes.push(...path(points(looks), 'line shadow'));
    nodes.push(...this.names(points, bottom));
    const mine = points(this.looks);
    nodes.push(...path(mine, 'line cool'), ...mine.map(([cx, cy]) => s('circle', { cx, cy, r: 3.5, class: 'point cool' })));
    const last = this.looks.at(-1);
    if (last) {
      const [cx, cy] = mine.at(-1)!;
      const above = cy - 10 > top + 8;
      nodes.push(
        label(percent(last.accuracy), Math.min(cx, right - 2), above ? cy - 10 : cy + 20, cx > right - 50 ? 'end' : 'middle', 'value'),
      );
    }
    return nodes;
  }

  /** The shadows' names, below their last points where the axis leaves room, one above the other. */
  private names(points: (looks: readonly Look[]) => (readonly [number, number])[], bottom: number): SVGElement[] {
    const ends = this.shadows.flatMap(({ name, looks }) => {
      const end = points(looks).at(-1);
      return end ? [{ name, x: end[0], y: end[1] + 15 }] : [];
    });
    ends.sort((a, b) => b.y - a.y);
    let room = bottom - 5;
    return ends.map(({ name, x, y }) => {
      const at = Math.min(y, room);
      room = at - 13;
      return label(name, x - 2, at, 'end', 'tick');
    });
  }
}
