// The kernel catalogue: a page an op folder, from the registry, the sources' docstrings and the comments that open the WGSL files.
import { dirname, posix } from 'node:path';
import { gradients, ops } from '@kindling/kernels';
import { headComment } from './comment.mjs';
import { escapeHtml, renderDoc } from './markdown.mjs';
import { exists, filesBelow, readText } from './sources.mjs';
import { calleeOf, findCall, membersOf, namedMembers, objectOf, readSource } from './typescript.mjs';

const SRC = 'packages/kernels/src';
const code = (text) => `<code>${escapeHtml(text)}</code>`;
const list = (names) => names.map(code).join(', ') || '–';

/** A constant's file and docstring, from the file that imports it. */
function imported(table, identifier) {
  const path = readSource(table).imports.get(identifier) ?? table;
  return { path, doc: readSource(path).constants.get(identifier)?.doc ?? '' };
}

/** The attributes of an op: the type that its `defineOp` names, else the interface called after it. */
function attributesOf(path, identifier) {
  const source = readSource(path);
  const value = source.constants.get(identifier)?.value;
  const maker = calleeOf(value);
  const within = maker === 'defineOp' ? value : (source.functions.get(maker)?.value ?? source.constants.get(maker)?.value);
  const [type] = findCall(within, 'defineOp')?.typeArguments ?? [];
  if (type) return membersOf(path, type);
  return namedMembers(path, `${identifier[0].toUpperCase()}${identifier.slice(1)}Attrs`);
}

/** What the registry and the sources say about every op. */
export function describeOps() {
  const registry = `${SRC}/registry.ts`;
  const rules = objectOf(registry, 'gradients');
  const definitions = objectOf(`${SRC}/references.ts`, 'references');
  return [...objectOf(registry, 'ops')].map(([name, identifier]) => {
    const { path, doc } = imported(registry, identifier);
    const definition = definitions.get(name);
    return {
      op: ops[name],
      identifier,
      path,
      folder: posix.basename(dirname(path)),
      doc: doc || (readSource(path).functions.get(calleeOf(readSource(path).constants.get(identifier)?.value))?.doc ?? ''),
      attributes: attributesOf(path, identifier),
      gradient: gradients[name] === 'none' ? undefined : { ...imported(registry, rules.get(name)) },
      definition: definition && imported(`${SRC}/references.ts`, definition),
    };
  });
}

/** The WGSL files that a folder's sources import, in order. */
const shadersOf = (folder) =>
  [
    ...new Set(
      filesBelow(`${SRC}/${folder}`)
        .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
        .flatMap((path) => [...readText(path).matchAll(/from '@kindling\/shaders\/([^']+)'/g)].map((match) => `shaders/${match[1]}.wgsl`)),
    ),
  ].sort();

/** Shapes that say how a kernel walks its memory, not what a caller binds: `size`, `n0 … n5`, `a_row`. */
const OF_THE_WALK = /size|_|inner|n\d …/;

/**
 * Shapes of an op's tensors: from the comment of its readable kernel, `x, y [M,N,C]` less the axis M of models, or from its docstring, `x [N,C,H,W]`.
 * Letters differ between the two: the one that says more comes first.
 */
function shapesOf({ op, doc, folder }) {
  const own = op.name.replaceAll('_', '-') === folder ? 'forward' : op.name.slice(folder.length + 1);
  const kernel = [`${own}.naive.wgsl`, `${own}.wgsl`].map((name) => `shaders/${folder}/${name}`).find(exists);
  const read = (text, pattern) => {
    const found = [...text.replaceAll('`', '').matchAll(pattern)].flatMap(([, names, shape]) =>
      names.split(', ').map((name) => [name, shape.replace(/^\[M, ?/, '[')]),
    );
    return found.filter(([name, shape]) => [...op.inputs, ...op.outputs].includes(name) && !OF_THE_WALK.test(shape)).reverse();
  };
  const sources = [
    read(doc, /(\w+) (\[[^\]\n]+\])/g),
    read(kernel ? headComment(readText(kernel)) : '', /((?:\w+, )*\w+) (\[[^\]\n]+\])/g),
  ];
  // A kernel may serve more axes than the op of its folder has.
  if (sources[0].length > 0) sources[1] = sources[1].filter(([, shape]) => !shape.startsWith('[…'));
  return new Map(sources.sort((a, b) => a.length - b.length).flat());
}

/** A gradient's docstring for people who call the op: without the notes on when autograd merges ops. */
const gradientText = (doc) =>
  renderDoc(
    doc.replace(/ ?\([^()]*\bfuser\b[^()]*\)/g, '').replace(/\bthe fuser\b/g, 'autograd, which merges ops that follow each other,'),
  );

function opSection(site, out, entry) {
  const { op, identifier, doc, attributes, gradient, definition } = entry;
  const shapes = shapesOf(entry);
  const tensor = (name) => `${code(name)}${shapes.has(name) ? ` ${escapeHtml(shapes.get(name))}` : ''}`;
  const inputs = op.inputs.map((name) => `${tensor(name)}${op.optional?.includes(name) ? ' (may be missing)' : ''}`).join(', ');
  const rows = [
    ['inputs', inputs || '–'],
    ['outputs', op.outputs.map(tensor).join(', ') || '–'],
    ['attributes', attributes.length ? '' : 'none'],
    ['variants', list(op.variants)],
    ...(op.f16 ? [['stored as f16 on request', list(op.f16)]] : []),
    [
      'definition, in f64',
      definition
        ? `${renderDoc(definition.doc) || 'no docstring'} <p><a href="${site.copy(definition.path, out)}">source</a></p>`
        : 'none of its own: checked against finite differences of the forward op’s definition',
    ],
    ['gradient', gradient ? gradientText(gradient.doc) || 'a rule' : 'none'],
  ];
  const fields = attributes.map(
    ({ name, type, optional, doc: about }) =>
      `<li>${code(`${name}${optional ? '?' : ''}: ${type}`)} ${renderDoc(about).replace(/^<p>|<\/p>\s*$/g, '')}</li>`,
  );
  rows[2][1] ||= `<ul>${fields.join('')}</ul>`;
  return `<section aria-labelledby="${op.name}"><h2 id="${op.name}">${escapeHtml(op.name)}</h2>
${renderDoc(doc)}<p>${code(`import { ${identifier} } from '@kindling/kernels'`)}</p>
<dl class="facts">${rows.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join('\n')}</dl></section>`;
}

const shaderSection = (site, out, path) => {
  const comment = headComment(readText(path));
  const file = path.replace(/^shaders\//, '');
  return `<h3 id="${file}"><a href="${site.copy(path, out)}">${file}</a></h3>\n<p class="comment">${escapeHtml(comment).replace(/`([^`\n]+)`/g, '<code>$1</code>')}</p>`;
};

/** Rooms of programs that are no ops of the graph. */
const rooms = { optimizer: 'SGD, Adam and AdamW with the norm pass of clipping', evaluate: 'Counting right answers' };

/** Adds the catalogue's pages. */
export function addKernels(site) {
  const described = describeOps();
  const folders = [...new Set(described.map(({ folder }) => folder)), ...Object.keys(rooms)].sort();
  const table = [];
  for (const folder of folders) {
    const out = `kernels/${folder}.html`;
    const own = described.filter((entry) => entry.folder === folder);
    const shaders = shadersOf(folder);
    const programs = rooms[folder]
      ? [...readSource(`${SRC}/${folder}/descriptor.ts`).functions].filter(([name]) => name.endsWith('Program'))
      : [];
    const html = `<h1>${folder}</h1>\n${rooms[folder] ? `<p>${rooms[folder]}: programs, no ops of the graph.</p>` : ''}
${own.map((entry) => opSection(site, out, entry)).join('\n')}${programs.map(([name, { doc }]) => `<h2 id="${name}">${name}</h2>${renderDoc(doc)}`).join('\n')}
<h2 id="wgsl">WGSL</h2>
<p>${shaders.length} files; the readable one is called naive, or stands alone. What a variant is for, and what it needs, its comment says.</p>
${shaders.map((path) => shaderSection(site, out, path)).join('\n')}`;
    const names = [...own.map(({ op }) => op.name), ...programs.map(([name]) => name)];
    const headings = [...names.map((name) => ({ level: 2, text: name, id: name })), { level: 2, text: 'WGSL', id: 'wgsl' }];
    site.add(out, { title: folder, section: 'kernels', html, headings, lead: own.map(({ op }) => op.name).join(', ') || rooms[folder] });
    for (const { op, doc } of own) {
      // The first sentence, without the op's name before it.
      const head = doc
        .replace(/\s+/g, ' ')
        .replace(`${op.name}: `, '')
        .split(/(?<=[.;]) /)[0]
        .replace(/[.;]$/, '');
      table.push(
        `<tr><td><a href="${folder}.html#${op.name}">${op.name}</a></td><td>${list(op.inputs)}</td><td>${list(op.outputs)}</td><td>${op.variants.length}</td><td>${renderDoc(head).replace(/^<p>|<\/p>\s*$/g, '')}</td></tr>`,
      );
    }
  }
  const count = filesBelow('shaders').filter((path) => path.endsWith('.wgsl')).length;
  const html = `<h1>Kernels</h1>
<p>${described.length} ops in ${folders.length - Object.keys(rooms).length} folders, and the optimizer. Each has a shape rule, one or more WGSL kernels, and a definition in f64 that the kernels are tested against;
gradients are checked by finite differences of that definition. Of the clone’s ${count} WGSL files those of the ops are here; the generator’s belong to the <a href="../families/index.html">families</a>.</p>
<p>To use one in an engine of yours: <a href="../packages/kernels.html">embed a kernel in ten minutes</a>. To check one with cases of yours: <a href="../packages/verify.html">reference cases</a>.</p>
<p>Programs beside the graph: ${Object.entries(rooms)
    .map(([room, title]) => `<a href="${room}.html">${room}</a> (${title})`)
    .join(', ')}.</p>
<div class="table"><table><thead><tr><th>op</th><th>inputs</th><th>outputs</th><th>variants</th><th>what it computes</th></tr></thead><tbody>
${table.join('\n')}
</tbody></table></div>`;
  site.add('kernels/index.html', {
    title: 'Kernels',
    section: 'kernels',
    html,
    headings: [],
    lead: 'Every op: inputs, outputs, attributes, variants, definition',
  });
}
