// The family catalogue: a picture and a line each, and to every family's page what its schema says.
import { describeFamily, families, recipeHash } from '@kindling/datagen';
import { escapeHtml } from './markdown.mjs';
import { exists } from './sources.mjs';

const range = ([least, most]) => (least === most ? `${least}` : `${least} to ${most}`);

/** What `parseRecipe` accepts of a family, found by trying it. */
async function factsOf(id) {
  const { form, labels, sizes, defaults } = describeFamily(id);
  const rows = [
    ['form', form === 'vector' ? 'a vector, a row of width numbers' : 'an image'],
    ['labels', labels.map((label) => `<code>${escapeHtml(label)}</code>`).join(', ')],
    ['height, width', `${range(sizes.height)}, ${range(sizes.width)}`],
    ['channels', sizes.channels.join(', ')],
    ['hash of the default recipe', `<code>${await recipeHash({ family: id })}</code>`],
  ];
  return `<h2 id="in-the-registry">In the registry</h2>
<dl class="facts">${rows.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join('\n')}</dl>
<p>The recipe <code>{"family": "${id}"}</code> with its defaults filled in:</p>
<pre><code>${escapeHtml(JSON.stringify(defaults, null, 2))}</code></pre>`;
}

/** Adds the catalogue, and what the registry knows to the pages that docs/families made. */
export async function addFamilies(site) {
  const cards = [];
  for (const [id, { title }] of Object.entries(families)) {
    const out = `families/${id}.html`;
    const page = site.pages.get(out);
    if (!page) {
      site.dead.push(`docs/families/${id}.md: family ${id} is in the registry and has no page`);
      continue;
    }
    page.html += await factsOf(id);
    page.headings.push({ level: 2, text: 'In the registry', id: 'in-the-registry' });
    const picture = `docs/families/${id}.png`;
    if (!exists(picture)) site.dead.push(`${picture}: family ${id} has no picture`);
    const image = exists(picture) ? `<img src="${site.copy(picture, 'families/index.html')}" alt="Samples of ${id}" loading="lazy">` : '';
    cards.push(`<li><a href="${id}.html">${image}<strong>${id}</strong></a> ${escapeHtml(title)}</li>`);
  }
  const html = `<h1>Families</h1>
<p>${cards.length} kinds of procedural data, each a pure function of recipe, seed, step and index, drawn and rendered on the GPU into the buffers that a model reads.
<a href="../guide/write-a-family.html">Write one of your own</a>; <a href="../guide/posts.html">posts</a> change finished images; several families make a mixture.</p>
<ul class="cards">${cards.join('\n')}</ul>`;
  site.add('families/index.html', {
    title: 'Families',
    section: 'families',
    html,
    headings: [],
    lead: 'Every kind of procedural data, with pictures',
  });
}
