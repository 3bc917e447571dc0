import type { Prediction } from '../../protocol.js';
import { byId, h, setText } from '../dom.js';
import { percent } from '../format.js';
import { Pad } from './pad.js';
import { rasterise, SIDE, type Stroke } from './raster.js';

/** Least time between two questions to the net, in milliseconds. */
const REST = 120;
/** How long an answer may take before another question is asked, in milliseconds. */
const PATIENCE = 8000;

const EMPTY = 'Nothing is drawn yet.';

/** Draw a digit, and see what the net takes it for. */
export class DigitPanel {
  private readonly bars: { readonly item: HTMLElement; readonly bar: HTMLElement; readonly value: HTMLElement }[];
  private readonly pad: Pad;
  private strokes: readonly Stroke[] = [];
  private question = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private last = 0;
  /** A question is on its way, and whether the drawing or the net has changed since. */
  private waiting = false;
  private stale = false;

  /** @param ask sends an image to the worker; false where there is no net to ask */
  constructor(private readonly ask: (pixels: Float32Array<ArrayBuffer>, id: number) => boolean) {
    this.bars = Array.from({ length: 10 }, (_, digit) => {
      const bar = h('span', { class: 'bar' });
      const value = h('span', { class: 'value figures' }, '–');
      const item = h('li', {}, h('span', { class: 'digit-name' }, digit), h('span', { class: 'track' }, bar), value);
      return { item, bar, value };
    });
    byId('bars').append(...this.bars.map(({ item }) => item));
    this.pad = new Pad(byId<HTMLCanvasElement>('pad'), (strokes, ended) => {
      this.strokes = strokes;
      this.again(ended);
    });
    byId('clear').addEventListener('click', () => this.pad.clear());
    this.again(true);
  }

  /** Asks about the same drawing once more: the net has learned meanwhile. */
  again(now = false): void {
    clearTimeout(this.timer);
    if (now) this.send();
    else this.timer = setTimeout(() => this.send(), Math.max(0, this.last + REST - performance.now()));
  }

  private send(): void {
    const pixels = rasterise(this.strokes);
    this.show(pixels);
    if (!pixels) {
      this.empty();
      return;
    }
    if (byId('guess').textContent === EMPTY) setText(byId('guess'), 'No net has read it yet: train one.');
    // One question at a time: on a slow adapter answers would never catch up. One that was lost with its device is given up.
    if (this.waiting && performance.now() - this.last < PATIENCE) {
      this.stale = true;
      return;
    }
    this.last = performance.now();
    this.question += 1;
    this.stale = false;
    this.waiting = this.ask(pixels, this.question);
  }

  private show(pixels: Float32Array | undefined): void {
    const context = byId<HTMLCanvasElement>('seen').getContext('2d')!;
    const image = context.createImageData(SIDE, SIDE);
    for (let i = 0; i < SIDE * SIDE; i++) image.data.set([255, 255, 255, 255].fill(Math.round(255 * (pixels?.[i] ?? 0)), 0, 3), 4 * i);
    context.putImageData(image, 0, 0);
  }

  private empty(): void {
    for (const { item, bar, value } of this.bars) {
      item.classList.remove('first');
      bar.style.width = '0';
      setText(value, '–');
    }
    setText(byId('guess'), EMPTY);
  }

  /** There was no net to read it. */
  refused(): void {
    this.waiting = false;
    setText(byId('guess'), 'No net to read it yet: train one first.');
  }

  answer({ probabilities, model, step, id }: Prediction): void {
    if (id !== this.question) return;
    this.waiting = false;
    if (this.stale) this.again();
    if (this.strokes.length === 0) return;
    const best = probabilities.indexOf(Math.max(...probabilities));
    this.bars.forEach(({ item, bar, value }, digit) => {
      const share = probabilities[digit] ?? 0;
      item.classList.toggle('first', digit === best && model !== 'untrained');
      bar.style.width = `${(100 * share).toFixed(2)}%`;
      setText(value, percent(share));
    });
    const said =
      model === 'untrained'
        ? 'The net has not seen a real digit yet: these are guesses. Train it first.'
        : `${probabilities[best]! < 0.5 ? 'Perhaps' : 'Reads'} ${best === 8 ? 'an' : 'a'} ${best}, with ${percent(probabilities[best]!, 0)}${model === 'training' ? `, after ${step} steps` : ''}.`;
    setText(byId('guess'), said);
  }
}
