/** The font of every figure; it ships with the package (`dejavu-fonts-ttf`), so that text has the same width everywhere. */
export const FONT = 'DejaVu Sans';
export const FONT_SIZE = 12;
export const WIDTH = 760;
/** Pixels of a phone's width less its margins. */
export const NARROW = 380;
export const INK = '#222222';
export const FAINT = '#6b6b6b';

/** Okabe and Ito's palette (2008), told apart with any colour vision; its yellow is left out, as it vanishes on white paper. */
const OKABE_ITO = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000'] as const;
const SYMBOLS = ['circle', 'square', 'triangle', 'diamond2', 'times', 'plus', 'asterisk'] as const;
export type SymbolName = (typeof SYMBOLS)[number];

/** How one trial looks in every figure. */
export interface TrialStyle {
  readonly color: string;
  readonly symbol: SymbolName;
}

/** Colour and symbol by a trial's place in the record; the pairs differ for up to 49 trials. */
export const trialStyle = (index: number): TrialStyle => ({
  color: OKABE_ITO[index % 7]!,
  symbol: SYMBOLS[(index + Math.floor(index / 7)) % 7]!,
});

/** Symbols that are strokes, not areas. */
export const isStroked = (symbol: SymbolName): boolean => symbol === 'times' || symbol === 'plus' || symbol === 'asterisk';

/** Colours of the parts of a trial's time, dark beside light so that they part in grey print too. */
export const PART_COLORS: Readonly<Record<string, string>> = {
  compile: '#000000',
  teacher: '#CC79A7',
  generate: '#E69F00',
  load: '#0072B2',
  train: '#56B4E9',
  evaluate: '#D55E00',
  other: '#BBBBBB',
};
/** Colours on which a label must be white. */
export const isDark = (color: string): boolean => ['#000000', '#0072B2', '#D55E00'].includes(color);

/** Advances of DejaVu Sans in em, rounded up, by kind of character. */
function advance(character: string): number {
  if (/[\sijltI.,:;|'!()[\]f·-]/.test(character)) return 0.4;
  if (/[mwMWO@%—…]/.test(character)) return 1;
  return /[A-Z_=+]/.test(character) ? 0.78 : 0.64;
}

/** Width in pixels that `text` takes, estimated a little above what it is: labels may stand apart, but never overlap. */
export const textWidth = (text: string, size = FONT_SIZE): number =>
  size * [...text].reduce((sum, character) => sum + advance(character), 0);

/** `text` cut to `length` characters, with an ellipsis where something is missing. */
export const clip = (text: string, length: number): string => (text.length <= length ? text : `${text.slice(0, length - 1)}…`);

/** Words broken into lines of at most `width` pixels. */
export function wrap(text: string, width: number, size = FONT_SIZE): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(`${last} ${word}`, size) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
