// The packages' exports with their docstrings: typedoc reads the sources, a page a package is written here.
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Application, LogLevel, ReflectionKind } from 'typedoc';
import { escapeHtml, renderDoc, uniqueId } from './markdown.mjs';
import { declarations, memberDeclarations } from './signature.mjs';
import { hrefFrom } from './site.mjs';
import { exists, pageOf, readText, root } from './sources.mjs';

/** Packages that others can use, with the source of each entry in `exports`. */
function packagesWithEntries() {
  return readdirSync(join(root, 'packages'))
    .filter((folder) => exists(`packages/${folder}/package.json`))
    .map((folder) => ({ folder, manifest: JSON.parse(readText(`packages/${folder}/package.json`)) }))
    .filter(({ manifest }) => !manifest.private && manifest.exports)
    .map(({ folder, manifest }) => {
      const entries = Object.entries(manifest.exports)
        .filter(([, target]) => target.default)
        .map(([name, target]) => ({
          name,
          path: `packages/${folder}/${target.default.replace(/^\.\/dist\//, 'src/').replace(/\.js$/, '.ts')}`,
        }))
        .filter(({ path }) => exists(path));
      return { folder, manifest, entries };
    });
}

/** What typedoc makes of the entries, by their path; entries that it could not read are absent. */
async function convert(paths) {
  const said = [];
  const app = await Application.bootstrap({
    entryPoints: paths.map((path) => join(root, path)),
    entryPointStrategy: 'resolve',
    tsconfig: join(root, 'packages/site/tsconfig.json'),
    alwaysCreateEntryPointModule: true,
    skipErrorChecking: true,
    disableSources: true,
    excludePrivate: true,
    excludeInternal: true,
    readme: 'none',
    basePath: root,
    displayBasePath: root,
    logLevel: 'Error',
  });
  app.logger.log = (message, level) => level >= LogLevel.Error && said.push(message);
  const found = app.getEntryPoints() ?? [];
  const project = app.converter.convert(found);
  const modules = new Map();
  for (const { displayName, sourceFile } of found) {
    const child = project.children?.find(({ name }) => name === displayName);
    if (child) modules.set(relative(root, sourceFile.fileName), child);
  }
  return { modules, said };
}

const text = (parts) => (parts ?? []).map((part) => (part.kind === 'inline-tag' ? `\`${part.text}\`` : part.text)).join('');

/** A comment: its summary, then what it says of parameters, results and errors. */
function commentHtml(comment, signature) {
  const parameters = (signature?.parameters ?? [])
    .filter((p) => p.comment)
    .map((p) => [p.name === '__namedParameters' ? 'options' : p.name, text(p.comment.summary)]);
  const tags = (comment?.blockTags ?? [])
    .filter(({ tag }) => tag !== '@param')
    .map(({ tag, name, content }) => [name ? `${tag.slice(1)} ${name}` : tag.slice(1), text(content)]);
  const rows = [...parameters, ...tags].map(([name, said]) => `<dt>${escapeHtml(name)}</dt><dd>${renderDoc(said)}</dd>`);
  return `${renderDoc(text(comment?.summary))}${rows.length ? `<dl class="facts">${rows.join('')}</dl>` : ''}`;
}

const KINDS = [
  ['Functions', ReflectionKind.Function],
  ['Classes', ReflectionKind.Class],
  ['Constants', ReflectionKind.Variable],
  ['Interfaces', ReflectionKind.Interface],
  ['Types', ReflectionKind.TypeAlias],
];

class Api {
  /** Where an exported name is documented: name → [{package, out, id}]. */
  names = new Map();
  /** Of reflections, their place, for re-exports. */
  places = new Map();

  note(item, place) {
    this.places.set(item, place);
    this.names.set(item.name, [...(this.names.get(item.name) ?? []), place]);
  }

  /** A declaration with links on the names that it mentions. */
  code(declaration, out, own) {
    const linked = escapeHtml(declaration).replace(/\b[A-Z]\w+\b/g, (name) => {
      const places = this.names.get(name) ?? [];
      const place = places.find((candidate) => candidate.out === out) ?? (places.length === 1 ? places[0] : undefined);
      return !place || place === own ? name : `<a href="${place.out === out ? '' : hrefFrom(out, place.out)}#${place.id}">${name}</a>`;
    });
    return `<pre class="declaration"><code>${linked}</code></pre>`;
  }

  member(child, out) {
    const signature = child.signatures?.[0] ?? child.getSignature;
    const comment = commentHtml(child.comment ?? signature?.comment, signature);
    return `<li>${memberDeclarations(child)
      .map((line) => this.code(line, out))
      .join('')}${comment}</li>`;
  }

  item(item, out) {
    const place = this.places.get(item);
    const signature = item.signatures?.[0];
    const members = (item.children ?? item.type?.declaration?.children ?? []).filter(
      (child) => !child.flags.isInherited && !child.name.startsWith('#'),
    );
    const fields =
      members.length && !item.signatures ? `<ul class="members">${members.map((child) => this.member(child, out)).join('\n')}</ul>` : '';
    return `<section class="export" aria-labelledby="${place.id}"><h3 id="${place.id}">${item.name}</h3>
${declarations(item)
  .map((line) => this.code(line, out, place))
  .join('')}${commentHtml(item.comment ?? signature?.comment, signature)}${fields}</section>`;
  }
}

const entryTitle = (manifest, name) => (name === '.' ? manifest.name : `${manifest.name}/${name.slice(2)}`);

/** One entry of a package: its names by kind, then each with its declaration and docstring. Adds to the page's `headings`. */
function entrySection(api, out, found, { id, title }, headings) {
  const children = found.children ?? [];
  const groups = KINDS.map(([kindTitle, kind]) => [kindTitle, children.filter((item) => item.kind === kind)]).filter(
    ([, items]) => items.length,
  );
  const names = groups.map(([kindTitle, items]) => {
    for (const item of items) headings.push({ level: 3, text: item.name, id: api.places.get(item).id });
    const links = items.map((item) => `<a href="#${api.places.get(item).id}">${item.name}</a>`);
    return `<h3 class="kind">${kindTitle}</h3><p class="names">${links.join(' ')}</p>`;
  });
  const others = children
    .filter((item) => item.kind === ReflectionKind.Reference)
    .map((item) => {
      const place = api.places.get(item.tryGetTargetReflectionDeep());
      return place ? `<a href="${place.out === out ? '' : hrefFrom(out, place.out)}#${place.id}">${item.name}</a>` : item.name;
    });
  const again = others.length ? `<h3 class="kind">From other entries and packages</h3><p class="names">${others.join(' ')}</p>` : '';
  const body = groups.flatMap(([, items]) => items.map((item) => api.item(item, out)));
  return `<h2 id="${id}">${title}</h2>\n${commentHtml(found.comment)}${names.join('\n')}${again}\n${body.join('\n')}`;
}

/** A package's page. @returns how many exports it shows */
function addPackage(site, api, modules, { folder, manifest, entries }) {
  const out = `api/${folder}.html`;
  const headings = [];
  const sections = entries.map(({ name, path }) => {
    const title = entryTitle(manifest, name);
    const id = `entry-${name === '.' ? 'main' : name.slice(2)}`;
    if (!modules.has(path)) return `<p>${title} could not be read by typedoc.</p>`;
    if (entries.length > 1) headings.push({ level: 2, text: title, id });
    return entrySection(api, out, modules.get(path), { id, title: entries.length > 1 ? title : 'Exports' }, headings);
  });
  const readme = pageOf(`packages/${folder}/README.md`);
  const guide = site.pages.has(readme)
    ? `<p>Guide: <a href="${hrefFrom(out, readme)}">${escapeHtml(site.pages.get(readme).title)}</a></p>`
    : '';
  const html = `<h1>${manifest.name}</h1>\n<p>${escapeHtml(manifest.description)}.</p>${guide}\n${sections.join('\n')}`;
  site.add(out, { title: manifest.name, section: 'api', html, headings, lead: manifest.description });
  return headings.filter(({ level }) => level === 3).length;
}

/**
 * Adds the API's pages.
 * @returns {Promise<string[]>} entries that typedoc could not read, and what it said
 */
export async function addApi(site) {
  const packages = packagesWithEntries();
  const all = packages.flatMap(({ folder, manifest, entries }) =>
    entries.map((entry) => ({ ...entry, folder, title: entryTitle(manifest, entry.name) })),
  );
  const { modules, said } = await convert(all.map(({ path }) => path));
  const api = new Api();
  const taken = new Map(packages.map(({ folder }) => [folder, new Set(['main', 'search', 'contents', 'search-results'])]));
  for (const { folder, path } of all) {
    for (const item of modules.get(path)?.children ?? []) {
      if (item.kind !== ReflectionKind.Reference) api.note(item, { out: `api/${folder}.html`, id: uniqueId(item.name, taken.get(folder)) });
    }
  }
  const rows = packages.map((entry) => {
    const count = addPackage(site, api, modules, entry);
    return `<tr><td><a href="${entry.folder}.html">${entry.manifest.name}</a></td><td>${escapeHtml(entry.manifest.description)}</td><td>${count}</td></tr>`;
  });
  const unread = all.filter(({ path }) => !modules.has(path)).map(({ title }) => title);
  const html = `<h1>API</h1>
<p>What the packages export, from their docstrings. <code>@kindling/shaders</code> holds WGSL alone: see the <a href="../kernels/index.html">kernels</a>.${unread.length ? ` Not read: ${unread.join(', ')}.` : ''}</p>
<div class="table"><table><thead><tr><th>package</th><th>what it is</th><th>exports</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
  site.add('api/index.html', { title: 'API', section: 'api', html, headings: [], lead: 'What the packages export' });
  return unread.length ? [...unread, ...said] : [];
}
