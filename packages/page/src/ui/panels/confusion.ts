import { byId, h } from '../dom.js';

/** Test images by their digit (rows) and what they were read as (columns); the darker a cell, the larger its share of the row. */
export function showConfusion(confusion: readonly (readonly number[])[]): void {
  const digits = confusion.map((_, digit) => digit);
  const head = h('tr', {}, h('td'), ...digits.map((digit) => h('th', { scope: 'col' }, h('span', { class: 'unseen' }, 'read as '), digit)));
  const rows = confusion.map((row, digit) => {
    const total = row.reduce((sum, count) => sum + count, 0) || 1;
    const cells = row.map((count, read) => {
      const cell = h('td', { class: read === digit ? 'right' : 'wrong' }, count || '·');
      // Mistakes are rare: the root keeps them visible. Never so dark that the number is hard to read.
      cell.style.setProperty('--share', `${(40 * Math.sqrt(count / total)).toFixed(0)}%`);
      return cell;
    });
    return h('tr', {}, h('th', { scope: 'row' }, digit), ...cells);
  });
  byId('confusion').replaceChildren(
    h(
      'table',
      { class: 'confusion figures' },
      h('caption', {}, 'Row: the digit. Column: what the net read.'),
      h('thead', {}, head),
      h('tbody', {}, ...rows),
    ),
  );
}
