import { createRequire } from 'node:module';
import { FONT } from './style.js';

/** Pixels a CSS pixel. */
const SCALE = 2;

/**
 * Renders a figure's SVG as PNG at twice its size, on white, with the font that the package ships: the same picture on every machine.
 * resvg is loaded on first use.
 */
export async function toPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const resolve = createRequire(import.meta.url).resolve;
  const fontFiles = ['DejaVuSans', 'DejaVuSans-Bold'].map((name) => resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`));
  const image = new Resvg(svg, {
    background: '#ffffff',
    fitTo: { mode: 'zoom', value: SCALE },
    font: { fontFiles, loadSystemFonts: false, defaultFontFamily: FONT },
  });
  return new Uint8Array(image.render().asPng());
}
