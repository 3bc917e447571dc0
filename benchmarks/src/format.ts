/** Columns of equal width under a ruled head; the first `left` columns are flush left, the others flush right. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[], left: number): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column < left ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

/** Three significant digits without an exponent; `–` for nothing. */
export function formatNumber(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (value !== 0 && Math.abs(value) < 0.1) return value.toPrecision(2);
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

export const formatShare = (share: number | null): string =>
  share === null || !Number.isFinite(share) ? '–' : `${Math.round(100 * share)} %`;
