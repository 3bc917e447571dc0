// The records: an index, a page for each, and the experiments' figures in one place.
import { posix } from 'node:path';
import { escapeHtml, renderMarkdown, slug } from './markdown.mjs';
import { hrefFrom } from './site.mjs';
import { filesBelow, readText } from './sources.mjs';

const ROOM = 'benchmarks/records/';
/** Kinds of records whose figures the experiments' page shows. */
const EXPERIMENT = /^(sweep|worth|limit|online|prune|start)/;
const KEPT = /\.(md|png|svg|json|jsonl|html|csv|txt|safetensors)$/;

/** `2026-11-22_worth-mnist` → its date and its name. */
const partsOf = (record) => {
  const [, date, name] = /^(\d{4}-\d{2}-\d{2})_(.+)$/.exec(record) ?? [undefined, '', record];
  return { date, name };
};

/** Records in the order of their dates, newest first, with what their READMEs say. */
export function readRecords() {
  const files = filesBelow('benchmarks/records').reduce((all, path) => {
    const record = path.slice(ROOM.length).split('/')[0];
    return all.set(record, [...(all.get(record) ?? []), path]);
  }, new Map());
  return [...files]
    .filter(([record]) => /^\d{4}-/.test(record))
    .map(([record, paths]) => {
      const page = paths.find((path) => path === `${ROOM}${record}/README.md`) ?? paths.find((path) => path.endsWith('.md'));
      return { record, ...partsOf(record), paths: paths.filter((path) => KEPT.test(path)), page };
    })
    .sort((a, b) => (a.date === b.date ? (a.name < b.name ? -1 : 1) : a.date < b.date ? 1 : -1));
}

const figuresOf = (paths) =>
  paths.filter((path) => /\.(svg|png)$/.test(path) && !(path.endsWith('.png') && paths.includes(path.replace(/png$/, 'svg'))));
const titleOf = (name) => name.replaceAll('-', ' ');
const sentence = (text) => text.split(/(?<=\.) /)[0];
const figure = (src, path, loading = 'lazy') =>
  `<figure><img src="${src}" alt="${escapeHtml(titleOf(posix.basename(path).replace(/\.\w+$/, '')))}" loading="${loading}"></figure>`;

/** A record's page: what its README says, the figures that the README does not show, and the files. */
function addRecord(site, { record, date, name, paths, page }) {
  const out = `records/${record}/index.html`;
  const said = page ? renderMarkdown(readText(page), site.resolver(page, out)) : { html: '', headings: [], title: '', lead: '' };
  const heading = said.title ? '' : `<h1>${escapeHtml(titleOf(name))}</h1>`;
  const href = (path) => site.copy(path, out);
  const others = figuresOf(paths).filter(
    (path) => !said.html.includes(`src="${href(path)}"`) && !said.html.includes(`src="${href(path).replace(/svg$/, 'png')}"`),
  );
  const shown = others.length ? `<h2 id="figures">Figures</h2>\n${others.map((path) => figure(href(path), path)).join('\n')}` : '';
  const rest = paths.filter((path) => path !== page);
  const files = rest.map((path) => `<li><a href="${href(path)}">${escapeHtml(path.slice(ROOM.length + record.length + 1))}</a></li>`);
  const html = `${heading}<p class="date">${date} · ${record}</p>\n${said.html}\n${shown}\n<h2 id="files">Files</h2>\n<ul>${files.join('\n')}</ul>`;
  const headings = [
    ...said.headings,
    ...(shown ? [{ level: 2, text: 'Figures', id: 'figures' }] : []),
    { level: 2, text: 'Files', id: 'files' },
  ];
  const title = said.title || titleOf(name);
  site.add(out, { title, section: 'records', nav: `${date.slice(5)} ${titleOf(name)}`, html, headings, lead: said.lead });
  return { title, lead: said.lead, out };
}

/** Adds the records, completes their index, and appends the experiments' figures to that page. */
export function addRecords(site) {
  const rows = [];
  const figures = [];
  for (const entry of readRecords()) {
    const { title, lead, out } = addRecord(site, entry);
    const link = (from) => hrefFrom(from, out);
    rows.push(
      `<tr><td class="date">${entry.date}</td><td><a href="${link('records/index.html')}">${escapeHtml(titleOf(entry.name))}</a></td><td>${escapeHtml(slug(title) === entry.name ? sentence(lead) : title)}</td></tr>`,
    );
    const own = figuresOf(entry.paths).filter((path) => !/(misread|test-loss|confusion|poses)/.test(path));
    if (EXPERIMENT.test(entry.name) && own.length) {
      const shown = own.slice(0, 2).map((path) => figure(site.copy(path, 'experiments.html'), path));
      figures.push(
        `<section class="record"><h3 id="${entry.record}"><a href="${link('experiments.html')}">${escapeHtml(titleOf(entry.name))}</a> <span class="date">${entry.date}</span></h3><p>${escapeHtml(lead.slice(0, 240))}${lead.length > 240 ? '…' : ''}</p>${shown.join('')}</section>`,
      );
    }
  }
  const index = site.pages.get('records/index.html');
  index.html += `<div class="table"><table><thead><tr><th>date</th><th>name</th><th>what</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
  const experiments = site.pages.get('experiments.html');
  experiments.html += `<h2 id="figures-of-the-records">Figures of the records</h2>\n<p>Each drawn from its record alone; the name leads to the record, with its numbers and the command that makes it again.</p>\n${figures.join('\n')}`;
  experiments.headings.push({ level: 2, text: 'Figures of the records', id: 'figures-of-the-records' });
}
