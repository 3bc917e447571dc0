// Markdown as the site shows it: headings with the anchors that GitHub gives them, tables that scroll by themselves, links to the site's own pages.
import MarkdownIt from 'markdown-it';

const parser = new MarkdownIt({ html: false, linkify: false });
parser.renderer.rules.table_open = () => '<div class="table"><table>\n';
parser.renderer.rules.table_close = () => '</table></div>\n';

export const escapeHtml = (text) => String(text).replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);

/** An anchor as GitHub makes it: lower case, spaces to dashes, no punctuation. */
export const slug = (text) =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');

/** A name that no other element of the page has. */
export function uniqueId(base, taken) {
  let id = base;
  for (let n = 1; taken.has(id); n++) id = `${base}-${n}`;
  taken.add(id);
  return id;
}

const plain = (inline) =>
  inline.children
    .filter(({ type }) => type === 'text' || type === 'code_inline' || type === 'softbreak')
    .map(({ content }) => content || ' ')
    .join('');

/**
 * @param resolve turns a link's or an image's address as it stands in the source into the site's
 * @returns the page's HTML, its title (first heading), its headings and the text of its first paragraph
 */
export function renderMarkdown(text, resolve, taken = new Set()) {
  const tokens = parser.parse(text, {});
  const headings = [];
  let lead = '';
  tokens.forEach((token, i) => {
    const inline = tokens[i + 1];
    if (token.type === 'heading_open') {
      const heading = { level: Number(token.tag.slice(1)), text: plain(inline), id: uniqueId(slug(plain(inline)) || 'section', taken) };
      token.attrSet('id', heading.id);
      headings.push(heading);
    }
    if (token.type === 'paragraph_open' && !lead) lead = plain(inline).trim();
    for (const child of token.children ?? []) {
      if (child.type === 'link_open') child.attrSet('href', resolve(child.attrGet('href'), 'link'));
      if (child.type === 'image') {
        child.attrSet('src', resolve(child.attrGet('src'), 'image'));
        child.attrSet('loading', 'lazy');
      }
    }
  });
  return { html: parser.renderer.render(tokens, parser.options, {}), title: headings[0]?.text ?? '', headings, lead };
}

/** A docstring: one or more paragraphs of Markdown without links of its own. */
export const renderDoc = (text) => (text ? parser.render(text) : '');
