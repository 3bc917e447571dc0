// A page of the site: header with sections and search, contents beside, the text.
import { escapeHtml } from './markdown.mjs';
import { hrefFrom } from './site.mjs';

/** The sections in order: name, first page. A section without that page is left out. */
const SECTIONS = [
  ['guide', 'Guide', 'index.html'],
  ['families', 'Families', 'families/index.html'],
  ['kernels', 'Kernels', 'kernels/index.html'],
  ['experiments', 'Experiments', 'experiments.html'],
  ['records', 'Records', 'records/index.html'],
  ['api', 'API', 'api/index.html'],
];

/** @returns the function that makes an HTML document of a page */
export function layoutOf(site) {
  const sections = SECTIONS.filter(([, , first]) => site.pages.has(first));
  // A section's first page stands first, the others as they were added.
  const bySection = new Map(
    sections.map(([id, , first]) => {
      const pages = [...site.pages].filter(([, page]) => page.section === id && !page.unlisted);
      return [id, [...pages.filter(([out]) => out === first), ...pages.filter(([out]) => out !== first)]];
    }),
  );

  const contents = (out, page) => {
    const headings = page.headings.filter(({ level }) => level === 2);
    const inner = headings.length
      ? `<ul class="inner">${headings.map(({ text, id }) => `<li><a href="#${id}">${escapeHtml(text)}</a></li>`).join('')}</ul>`
      : '';
    const items = (bySection.get(page.section) ?? []).map(([place, other]) => {
      const here = place === out;
      const label = escapeHtml(other.nav ?? other.title);
      return `<li><a href="${hrefFrom(out, place)}"${here ? ' aria-current="page"' : ''}>${label}</a>${here ? inner : ''}</li>`;
    });
    return `<ul>${items.join('\n')}</ul>`;
  };

  return (out, page) => {
    const base = hrefFrom(out, 'index.html').replace(/index\.html$/, '');
    const links = sections.map(
      ([id, title, first]) => `<a href="${hrefFrom(out, first)}"${id === page.section ? ' aria-current="true"' : ''}>${title}</a>`,
    );
    return `<!doctype html>
<html lang="en" data-base="${base}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="${escapeHtml(page.lead ?? '').slice(0, 200)}">
<title>${escapeHtml(page.title === 'Kindling' ? 'Kindling' : `${page.title} · Kindling`)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${base}site.css">
<script src="${base}site.js" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<header>
<a class="brand" href="${hrefFrom(out, 'index.html')}">Kindling</a>
<nav aria-label="Sections">${links.join('\n')}</nav>
<form role="search" hidden><input id="search" type="search" placeholder="Search" aria-label="Search pages, ops and exports" autocomplete="off" aria-controls="search-results"><ul id="search-results" hidden></ul></form>
</header>
<div class="frame">
<details class="side" id="contents"><summary>Contents</summary><script>if (matchMedia('(min-width: 64rem)').matches) document.currentScript.parentElement.open = true</script>
<nav aria-label="Contents">${contents(out, page)}</nav></details>
<main id="main">
${page.html}
</main>
</div>
</body>
</html>
`;
  };
}

/** What the search looks through: [text, address, what it is], as a script that also works from files. */
export function searchIndex(site) {
  const entries = [];
  for (const [out, { title, section, headings }] of site.pages) {
    entries.push([title, out, section]);
    if (section === 'records') continue;
    for (const { level, text, id } of headings)
      if (level > 1 && text !== title) entries.push([text, `${out}#${id}`, section === 'api' ? `api: ${title}` : title]);
  }
  return `window.siteIndex = ${JSON.stringify(entries)};\n`;
}
