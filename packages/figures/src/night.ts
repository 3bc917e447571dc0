import { FONT } from './style.js';

/** Colours of pictures that show generated data: a dark neutral ground, on which dark and bright images both stand out. */
export const NIGHT = { ground: '#1b1c1e', panel: '#26282b', line: '#4a4d52', ink: '#e6e6e4', faint: '#a2a5a9' } as const;

/** Okabe and Ito's hues (2008), the dark ones lightened for a dark ground. */
export const NIGHT_CLASSES = ['#56B4E9', '#E69F00', '#19c59a', '#F0E442', '#e58bbd', '#ff7a3d', '#4f97e0', '#f2f2f2'] as const;

/** A class's colour; beyond eight classes colours come again. */
export const classColor = (label: number): string => NIGHT_CLASSES[label % NIGHT_CLASSES.length]!;

/** Text made safe for SVG. */
export const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Rounded to hundredths of a pixel: shorter files, same picture. */
export const px = (value: number): string => String(Math.round(value * 100) / 100);

interface TextOptions {
  readonly size?: number;
  readonly fill?: string;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly bold?: boolean;
}

/** A line of text whose baseline stands at y. */
export function svgText(
  x: number,
  y: number,
  text: string,
  { size = 12, fill = NIGHT.ink, anchor = 'start', bold = false }: TextOptions = {},
): string {
  const weight = bold ? ' font-weight="bold"' : '';
  return `<text x="${px(x)}" y="${px(y)}" font-size="${size}" fill="${fill}" text-anchor="${anchor}"${weight}>${escapeXml(text)}</text>`;
}

/** A whole picture on the dark ground. */
export const svgDocument = (width: number, height: number, parts: readonly string[]): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${FONT}, sans-serif">` +
  `<rect width="${width}" height="${height}" fill="${NIGHT.ground}"/>${parts.join('')}</svg>`;
