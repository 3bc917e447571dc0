/** Numbers as tables and progress lines show them, and tables themselves. */

/** A loss: three decimals, or whole with separators from 1000 on. */
export function formatLoss(loss: number | null): string {
  if (loss === null || !Number.isFinite(loss)) return 'not finite';
  return Math.abs(loss) >= 1000 ? Math.round(loss).toLocaleString('en') : loss.toFixed(3);
}

/** A share as per cent: 0.8995 → `89.95 %`. */
export const formatShare = (share: number): string => `${(100 * share).toFixed(2)} %`;

export const formatSeconds = (seconds: number): string => seconds.toFixed(2);

/** A count that may be a fraction: `10`, `0.3`. */
export const formatCount = (count: number): string => String(Number(count.toFixed(3)));

/** Bytes in the largest unit that leaves at least 1: `128 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const unit = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(bytes, 1)) / 10)));
  return `${Number((bytes / 1024 ** unit).toFixed(1))} ${units[unit]}`;
}

/** Columns of equal width under a ruled head; the first `left` columns are flush left, the others flush right. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[], left = 1): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column < left ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

/** Breaks a sentence into lines of at most 80 columns; the first begins with `lead`, the others are indented below its end. */
export function wrap(text: string, lead = ''): string {
  const lines = [lead];
  for (const word of text.split(' ')) {
    const last = lines.at(-1)!;
    const begun = last.trim() !== '' && last !== lead;
    if (begun && last.length + 1 + word.length > 80) lines.push(' '.repeat(lead.length) + word);
    else lines[lines.length - 1] = begun ? `${last} ${word}` : last + word;
  }
  return lines.join('\n');
}
