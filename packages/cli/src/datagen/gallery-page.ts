import type { Recipe } from '@kindling/datagen';
import { escapeXml, NIGHT } from '@kindling/figures';

/** The pictures of one family. */
export interface GallerySheet {
  readonly family: string;
  readonly title: string;
  readonly pictures: readonly { readonly file: string; readonly width: number; readonly recipe: Recipe }[];
}

/** By which an earlier gallery is known. */
export const TITLE = 'Kindling: generated data';

const STYLE = `
body { margin: 0; background: ${NIGHT.ground}; color: ${NIGHT.ink}; font: 15px/1.5 "DejaVu Sans", system-ui, sans-serif; }
header, nav, section { padding: 0 32px; max-width: 1400px; }
header { padding-top: 32px; }
h1 { font-size: 26px; margin: 0 0 4px; }
h2 { font-size: 19px; margin: 0; }
p { margin: 4px 0 12px; color: ${NIGHT.faint}; max-width: 70ch; }
nav { position: sticky; top: 0; background: ${NIGHT.ground}; padding-top: 10px; padding-bottom: 10px; border-bottom: 1px solid ${NIGHT.line}; }
nav a { color: ${NIGHT.ink}; margin-right: 16px; text-decoration: none; white-space: nowrap; }
nav a:hover { text-decoration: underline; }
section { padding-top: 56px; margin-top: -32px; }
.sheets { display: flex; flex-wrap: wrap; gap: 20px; align-items: flex-start; }
.sheets img { max-width: 100%; height: auto; border: 1px solid ${NIGHT.line}; }
details { margin: 12px 0 40px; color: ${NIGHT.faint}; }
pre { background: ${NIGHT.panel}; color: ${NIGHT.ink}; padding: 12px; white-space: pre-wrap; font-size: 13px; max-width: 110ch; }
`;

/** One page for all sheets: it needs no script and nothing from elsewhere. */
export function galleryPage(
  sheets: readonly GallerySheet[],
  { seed, adapter }: { readonly seed: number; readonly adapter: string },
): string {
  const sections = sheets.map(({ family, title, pictures }) => {
    const images = pictures.map(
      ({ file, width }) => `<img src="${escapeXml(file)}" width="${width}" alt="${escapeXml(`samples of family ${family}: ${title}`)}">`,
    );
    const recipes = pictures.map(({ file, recipe }) => `${file}\n${JSON.stringify(recipe)}`).join('\n\n');
    return `<section id="${family}">
<h2>${escapeXml(family)}</h2>
<p>${escapeXml(title)}</p>
<div class="sheets">${images.join('\n')}</div>
<details><summary>recipes</summary><pre>${escapeXml(recipes)}</pre></details>
</section>`;
  });
  const links = sheets.map(({ family }) => `<a href="#${family}">${escapeXml(family)}</a>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${TITLE}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>Generated data</h1>
<p>${sheets.length} ${sheets.length === 1 ? 'family' : 'families'}, rendered on ${escapeXml(adapter)} with seed ${seed}. Any sample comes again from its recipe, seed, step and index: <code>kindling datagen render</code>.</p>
</header>
<nav>${links.join('\n')}</nav>
<main>
${sections.join('\n')}
</main>
</body>
</html>
`;
}
