import type { SamplerMoved, Spread } from '../../protocol.js';
import { byId, h, s, setText, table } from '../dom.js';
import { whole } from '../format.js';

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;

/** One parameter as a bar from mean − sd to mean + sd with the mean as a dot, over the range that it may take. */
function range(name: string, { mean, sd }: Spread, most: number, unit: string): HTMLElement {
  const place = (value: number) => 100 + (98 * Math.max(-most, Math.min(most, value))) / most;
  const svg = s(
    'svg',
    { viewBox: '0 0 200 20', class: 'range', 'aria-hidden': 'true', preserveAspectRatio: 'none' },
    s('line', { x1: 0, x2: 200, y1: 10, y2: 10, class: 'axis' }),
    s('line', { x1: 100, x2: 100, y1: 4, y2: 16, class: 'axis' }),
    s('rect', { x: place(mean - sd), width: Math.max(2, place(mean + sd) - place(mean - sd)), y: 6, height: 8, class: 'spread' }),
    s('rect', { x: place(mean) - 1.5, width: 3, y: 3, height: 14, class: 'mean' }),
  );
  return h('li', {}, h('span', {}, name), svg, h('span', { class: 'figures' }, `${signed(mean)} ± ${sd.toFixed(1)} ${unit}`));
}

/** Largest values that the bars show: beyond the poster's 6 pixels and 20 degrees nothing is moved. */
const SHIFT = 6;
const ANGLE = 20;

/** Experiment 1's sampler, as it was seen during one run. */
export class SamplerPanel {
  private moments: SamplerMoved[] = [];

  reset(): void {
    this.moments = [];
    byId('sampler-panel').hidden = true;
  }

  show(moment: SamplerMoved): void {
    this.moments = [...this.moments.filter(({ step }) => step < moment.step), moment];
    byId('sampler-panel').hidden = false;
    const { tx, ty, rotation } = moment.poses;
    const cell = ({ mean, sd }: Spread) => `${signed(mean)} ± ${sd.toFixed(1)}`;
    const rows = this.moments.map(({ step, poses }) => [whole(step), cell(poses.tx), cell(poses.ty), cell(poses.rotation)]);
    const open = byId('sampler').querySelector('details')?.open ?? false;
    const note = h('p', { class: 'note' });
    setText(note, `Mean and standard deviation over the batch, after ${whole(moment.step)} steps of the warm-up.`);
    byId('sampler').replaceChildren(
      h(
        'ul',
        { class: 'ranges' },
        range('shift right', tx, SHIFT, 'px'),
        range('shift down', ty, SHIFT, 'px'),
        range('turned by', rotation, ANGLE, '°'),
      ),
      note,
      h(
        'details',
        { open },
        h('summary', {}, 'Every look as a table'),
        h(
          'div',
          { class: 'scroll' },
          table('Poses by step: mean ± standard deviation', ['Step', 'Right, px', 'Down, px', 'Turn, °'], rows),
        ),
      ),
    );
  }
}
