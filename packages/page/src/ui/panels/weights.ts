import type { ClassWeights } from '../../protocol.js';
import { byId, h, setText } from '../dom.js';
import { percent } from '../format.js';

export function resetWeights(): void {
  byId('weights-panel').hidden = true;
}

/** Class weights after an epoch, beside the accuracy that made them. */
export function showWeights({ epoch, epochs, weights, accuracy }: ClassWeights): void {
  byId('weights-panel').hidden = false;
  const sum = weights.reduce((all, weight) => all + weight, 0) || 1;
  const most = Math.max(...weights) / sum;
  const rows = weights.map((weight, digit) => {
    const bar = h('span', { class: 'bar' });
    bar.style.width = `${(100 * (weight / sum / most)).toFixed(1)}%`;
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, digit),
      h('td', { class: 'wide' }, h('span', { class: 'track', 'aria-hidden': 'true' }, bar)),
      h('td', {}, percent(weight / sum)),
      h('td', {}, percent(accuracy[digit] ?? Number.NaN)),
    );
  });
  const note = h('p', { class: 'note' });
  setText(note, `Epoch ${epoch} of ${epochs}. A class is drawn the more often, the worse it is read.`);
  byId('weights').replaceChildren(
    note,
    h(
      'table',
      { class: 'numbers-table weights' },
      h('caption', { class: 'unseen' }, 'Share of the batch and validation accuracy of each class'),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, 'Digit'),
          h('td'),
          h('th', { scope: 'col' }, 'Share of a batch'),
          h('th', { scope: 'col' }, 'Read right'),
        ),
      ),
      h('tbody', {}, ...rows),
    ),
  );
}
