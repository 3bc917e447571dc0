import type { PhaseName } from '../../protocol.js';
import { s } from '../dom.js';
import { plural, short, whole } from '../format.js';
import { band, label, Plot, path } from './plot.js';
import { linear, logarithmic, type Scale } from './scale.js';
import { type Bin, Series } from './series.js';

/** Losses above this are no cross-entropy over a thousand classes (ln 1000 = 6.9): the warm-up then has an axis of its own. */
const OWN_AXIS = 8;
/** From this ratio of largest to smallest on, an axis counts in powers of ten. */
const WIDE = 200;

/** Loss against step: one line a phase over the range of its neighbouring steps, the warm-up shaded. */
export class LossPlot extends Plot {
  private steps = 0;
  private warmupSteps = 0;
  private phases: Record<PhaseName, Series> = { warmup: new Series(1), natural: new Series(1) };

  begin(steps: number, warmupSteps: number): void {
    this.steps = steps;
    this.warmupSteps = warmupSteps;
    this.phases = { warmup: new Series(1), natural: new Series(warmupSteps + 1) };
    this.redraw();
  }

  /** Losses of the steps that end with `step`, in order. */
  add(phase: PhaseName, step: number, losses: readonly (number | null)[]): void {
    const series = this.phases[phase];
    // Steps that are told again, after a device was lost, replace what stood there.
    series.cut(step - losses.length + 1);
    for (const loss of losses) series.push(loss ?? Number.NaN);
    this.redraw();
  }

  /** Back to the state after `step`. */
  backTo(step: number): void {
    for (const series of Object.values(this.phases)) series.cut(step + 1);
    this.redraw();
  }

  series(phase: PhaseName): Series {
    return this.phases[phase];
  }

  /** What the picture shows, in a sentence. */
  sentence(): string {
    const parts = (['warmup', 'natural'] as const).flatMap((phase) => {
      const bins = this.phases[phase].bins(Math.max(1, Math.ceil(this.steps / 50)));
      if (bins.length === 0) return [];
      const name = phase === 'warmup' ? 'warm-up' : 'training on real images';
      const { broken } = this.phases[phase];
      const odd = broken > 0 ? `, ${plural(broken, 'of them no number', 'of them no numbers')}` : '';
      return [`${name}: from ${short(bins[0]!.mean)} to ${short(bins.at(-1)!.mean)} in ${whole(this.phases[phase].length)} steps${odd}`];
    });
    return parts.length ? `Training loss against step. ${parts.join('; ')}.` : 'Training loss against step; nothing yet.';
  }

  private scaleOf(bins: readonly Bin[], bottom: number, top: number, count: number): { scale: Scale; log: boolean } {
    if (bins.length === 0) return { scale: linear(0, 2.5, bottom, top, count), log: false };
    const most = Math.max(...bins.map((bin) => bin.most));
    const least = Math.min(...bins.map((bin) => bin.least));
    const log = least > 0 && most / least > WIDE && most > OWN_AXIS;
    if (log) return { scale: logarithmic(least / 1.3, most * 1.3, bottom, top, count), log };
    return { scale: linear(0, Math.max(most * 1.04, 1e-6), bottom, top, count), log };
  }

  protected draw(width: number, height: number): SVGElement[] {
    if (this.steps === 0) return this.empty(width, height);
    const top = 24;
    const bottom = height - 26;
    const size = Math.max(1, Math.ceil(this.steps / Math.max(60, width / 5)));
    const bins = { warmup: this.phases.warmup.bins(size), natural: this.phases.natural.bins(size) };
    const own = bins.warmup.some((bin) => bin.mean > OWN_AXIS);
    const both = [...bins.warmup, ...bins.natural];
    const count = height < 180 ? 3 : 4;
    const scales = {
      warmup: this.scaleOf(own ? bins.warmup : both, bottom, top, count).scale,
      natural: this.scaleOf(own ? bins.natural : both, bottom, top, count).scale,
    };
    const left = 46;
    const right = width - (own ? 46 : 10);
    const x = linear(0, this.steps, left, right, Math.floor((right - left) / 60));
    const border = x.place(this.warmupSteps);

    const nodes: SVGElement[] = [];
    if (this.warmupSteps > 0) {
      nodes.push(s('rect', { x: left, y: top, width: Math.max(0, border - left), height: bottom - top, class: 'shade' }));
      // Without warm-up images the steps are left out: arm `skip` has nothing to say there.
      if (border - left > 56) nodes.push(label('warm-up', left, 12, 'start', 'zone warm'));
    }
    if (this.warmupSteps < this.steps && right - border > 72) nodes.push(label('real images', border, 12, 'start', 'zone cool'));
    // Where both phases have an axis of their own, lines across belong to neither.
    for (const tick of scales[own ? 'warmup' : 'natural'].ticks) {
      const y = scales[own ? 'warmup' : 'natural'].place(tick);
      nodes.push(
        s('line', { x1: left, x2: own ? border : right, y1: y, y2: y, class: 'grid' }),
        label(short(tick), left - 6, y + 4, 'end'),
      );
    }
    if (own && bins.natural.length > 0) {
      for (const tick of scales.natural.ticks) {
        const y = scales.natural.place(tick);
        nodes.push(s('line', { x1: border, x2: right, y1: y, y2: y, class: 'grid' }), label(short(tick), right + 6, y + 4, 'start'));
      }
    }
    nodes.push(s('line', { x1: left, x2: right, y1: bottom, y2: bottom, class: 'axis' }));
    for (const tick of x.ticks) nodes.push(label(whole(tick), x.place(tick), bottom + 18, 'middle'));
    for (const phase of ['warmup', 'natural'] as const) {
      const kind = phase === 'warmup' ? 'warm' : 'cool';
      const { place } = scales[phase];
      const points = (value: (bin: Bin) => number) => bins[phase].map((bin) => [x.place(bin.x), place(value(bin))] as const);
      if (size > 1)
        nodes.push(
          ...band(
            points((bin) => bin.most),
            points((bin) => bin.least),
            `band ${kind}`,
          ),
        );
      nodes.push(
        ...path(
          points((bin) => bin.mean),
          `line ${kind}`,
        ),
      );
    }
    return [...nodes, ...this.probe([...bins.warmup, ...bins.natural], x.place, top, bottom, right)];
  }

  /** A line at the bin under the mouse, and its numbers above the chart. */
  private probe(bins: readonly Bin[], place: (step: number) => number, top: number, bottom: number, right: number): SVGElement[] {
    const { pointer } = this;
    if (pointer === undefined || bins.length === 0) return [];
    const away = (bin: Bin) => Math.abs(place(bin.x) - pointer);
    const bin = bins.reduce((best, each) => (away(each) < away(best) ? each : best));
    const x = place(bin.x);
    return [
      s('line', { x1: x, x2: x, y1: top, y2: bottom, class: 'probe' }),
      label(`step ${whole(bin.x)}: ${short(bin.mean)}`, right, 12, 'end', 'value'),
    ];
  }

  private empty(width: number, height: number): SVGElement[] {
    const y = height - 26;
    return [
      s('line', { x1: 10, x2: width - 10, y1: y, y2: y, class: 'axis' }),
      label('no steps yet', width / 2, height / 2, 'middle', 'hint'),
    ];
  }
}
