import { onceAFrame, s } from '../dom.js';

/** The room inside a chart's axes, in CSS pixels. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/**
 * A chart that fills its box: one SVG unit is one CSS pixel, so that text keeps its size at any width, and it is drawn again when the box or the
 * data changes, at most once a frame.
 */
export abstract class Plot {
  /** Call after the data changed. */
  readonly redraw: () => void;
  private readonly svg = s('svg', { role: 'img', focusable: 'false' });

  /** Where the mouse is over the chart, in its units; undefined where it is elsewhere. */
  protected pointer: number | undefined;

  /** @param box the element that the chart fills */
  constructor(box: HTMLElement) {
    box.append(this.svg);
    box.addEventListener('pointermove', ({ clientX }) => this.point(clientX - box.getBoundingClientRect().left));
    box.addEventListener('pointerleave', () => this.point(undefined));
    this.redraw = onceAFrame(() => {
      const { width, height } = box.getBoundingClientRect();
      if (width < 60 || height < 60) return;
      this.svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
      this.svg.replaceChildren(...this.draw(width, height));
    });
    new ResizeObserver(this.redraw).observe(box);
  }

  private point(x: number | undefined): void {
    this.pointer = x;
    this.redraw();
  }

  /** What a screen reader says of the picture. Set when the state changes, not every step. */
  describe(text: string): void {
    this.svg.setAttribute('aria-label', text);
  }

  protected abstract draw(width: number, height: number): SVGElement[];
}

/** A text of an axis. */
export const label = (text: string, x: number, y: number, anchor: 'start' | 'middle' | 'end', kind = 'tick'): SVGTextElement =>
  s('text', { x, y, 'text-anchor': anchor, class: kind }, text);

/** A path through points; undefined where there are fewer than two. */
export const path = (points: readonly (readonly [number, number])[], kind: string): SVGElement[] =>
  points.length < 2
    ? points.map(([cx, cy]) => s('circle', { cx, cy, r: 1.5, class: `${kind} dot` }))
    : [s('path', { d: points.map(([x, y], i) => `${i ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`).join(''), class: kind })];

/** The area between an upper and a lower line. */
export const band = (
  upper: readonly (readonly [number, number])[],
  lower: readonly (readonly [number, number])[],
  kind: string,
): SVGElement[] =>
  upper.length < 2
    ? []
    : [
        s('path', {
          d: `${[...upper, ...[...lower].reverse()].map(([x, y], i) => `${i ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`).join('')}Z`,
          class: kind,
        }),
      ];
