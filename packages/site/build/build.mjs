// Builds the site into a folder.
import { cpSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { addFamilies } from './families.mjs';
import { addKernels } from './kernels.mjs';
import { layoutOf, searchIndex } from './layout.mjs';
import { renderMarkdown } from './markdown.mjs';
import { addRecords } from './records.mjs';
import { Site } from './site.mjs';
import { markdownPages, pageOf, readText, root } from './sources.mjs';

/** Which section a page of Markdown belongs to. */
const sectionOf = (out) => /^(families|records|experiments)\b/.exec(out)?.[1] ?? 'guide';

/** Where the guide's first page names a source, and as what. */
function named(source) {
  const target = `](${posix.relative('docs', source)})`;
  const guide = readText('docs/README.md');
  const at = guide.indexOf(target);
  return at < 0 ? undefined : { at, as: guide.slice(guide.lastIndexOf('[', at) + 1, at) };
}

/** The guide's pages in the order in which its first page names them, then the others. */
function inReadingOrder(sources) {
  const first = ['README.md', 'docs/README.md'];
  const place = (source) => (first.includes(source) ? first.indexOf(source) - 2 : (named(source)?.at ?? Number.POSITIVE_INFINITY));
  return sources
    .map((source, i) => ({ source, i, place: place(source) }))
    .sort((a, b) => (a.place === b.place ? a.i - b.i : a.place - b.place))
    .map(({ source }) => source);
}

/** The Markdown that is a page by itself; records have more to them and come later. */
function addMarkdown(site) {
  for (const source of inReadingOrder(markdownPages())) {
    const out = pageOf(source);
    if (/^records\/.+\/index\.html$/.test(out)) continue;
    const { html, title, headings, lead } = renderMarkdown(readText(source), site.resolver(source, out));
    // A package's page has the package's name; in the contents stands what it is for.
    const nav = source.startsWith('packages/') ? named(source)?.as : undefined;
    site.add(out, { title: title || out, section: sectionOf(out), nav, html, headings, lead });
  }
}

/**
 * @param folder is emptied first
 * @param api whether typedoc reads the packages, which takes most of the time
 * @returns what was written, and what is wrong in the sources: `dead` links, `unread` entries of packages
 */
export async function buildSite(folder, { api = true } = {}) {
  const site = new Site();
  addMarkdown(site);
  await addFamilies(site);
  addKernels(site);
  addRecords(site);
  const unread = api ? await (await import('./api.mjs')).addApi(site) : [];
  site.write(folder, layoutOf(site));
  for (const name of ['site.css', 'site.js']) cpSync(join(root, 'packages/site/static', name), join(folder, name));
  writeFileSync(join(folder, 'search-index.js'), searchIndex(site));
  return { pages: site.pages.size, copies: site.copies.size, dead: site.dead, unread };
}
