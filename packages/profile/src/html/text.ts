const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
export const escapeXml = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);

/** Three significant digits, without an exponent; an en dash for nothing. */
export function digits(value: number | null | undefined, significant = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const places = Math.max(0, Math.min(6, significant - 1 - Math.floor(Math.log10(Math.abs(value)))));
  return value.toLocaleString('en', { minimumFractionDigits: places, maximumFractionDigits: places });
}

export const percent = (share: number | null | undefined): string =>
  share === null || share === undefined || !Number.isFinite(share) ? '–' : `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;

/** A count, which is a mean where it is no whole number. */
export const countText = (value: number): string => String(Number(value.toFixed(2)));

/** Bytes in decimal units, as rates count them. */
export function bytesText(bytes: number | null): string {
  if (bytes === null) return '–';
  const units = ['B', 'kB', 'MB', 'GB'];
  const unit = Math.min(3, Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)));
  return unit === 0 ? `${bytes} B` : `${digits(bytes / 1000 ** unit)} ${units[unit]}`;
}

/** Pixels that text takes at most, at 12 px in a sans-serif font. */
export const textWidth = (text: string): number => 7 * text.length;
export const cut = (text: string, width: number): string => {
  const most = Math.floor(width / 7);
  return text.length <= most ? text : most < 3 ? '' : `${text.slice(0, most - 1)}…`;
};
