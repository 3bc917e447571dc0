// From what the runners returned to one table: op × implementation with the largest error as a share of tolerance.

/** The columns, in order: a runner and an adapter kind. */
function columnsOf(runs) {
  return Object.entries(runs).flatMap(([runner, { adapters = [] }]) => adapters.map(({ kind }) => ({ runner, kind })));
}

/** Comparisons may name an adapter by kind or by its name. */
const kindIn = (adapters, named) => adapters.find(({ kind, name }) => named === kind || named.startsWith(name))?.kind ?? named;

/** Shares merged by op, variant and tensor: {op, variant, tensor, cells: {'node lavapipe': {share, cases}}}. */
export function mergeShares(runs) {
  const rows = new Map();
  for (const [runner, { adapters = [], results = [] }] of Object.entries(runs)) {
    for (const { op, variant, tensor, adapter, share, cases } of results.flatMap(({ shares }) => shares)) {
      const key = JSON.stringify([op, variant, tensor]);
      if (!rows.has(key)) rows.set(key, { op, variant, tensor, cells: {} });
      const { cells } = rows.get(key);
      const column = `${runner} ${kindIn(adapters, adapter)}`;
      const known = cells[column] ?? { share: 0, cases: 0 };
      // null is what JSON makes of infinity.
      cells[column] = { share: Math.max(known.share, share ?? Number.POSITIVE_INFINITY), cases: known.cases + cases };
    }
  }
  return [...rows.values()].sort((a, b) => (`${a.op} ${a.variant} ${a.tensor}` < `${b.op} ${b.variant} ${b.tensor}` ? -1 : 1));
}

/** Rows that share what `keyOf` gives, with the largest share and all cases of each column. */
function fold(rows, keyOf) {
  const folded = new Map();
  for (const row of rows) {
    const key = keyOf(row);
    if (!folded.has(key)) folded.set(key, {});
    const cells = folded.get(key);
    for (const [column, { share, cases }] of Object.entries(row.cells)) {
      const known = cells[column] ?? { share: 0, cases: 0 };
      cells[column] = { share: Math.max(known.share, share), cases: known.cases + cases };
    }
  }
  return folded;
}

function percent(share) {
  if (share === 0) return '0';
  if (!Number.isFinite(share)) return '**∞**';
  if (share < 0.0005) return '<0.1 %';
  return share > 1 ? `**${(100 * share).toFixed(0)} %**` : `${(100 * share).toFixed(1)} %`;
}

/** The first `texts` columns are aligned as text, the others as numbers. */
const markdown = (head, rows, texts = 1) =>
  [head, head.map((_, i) => (i < texts ? '---' : '---:')), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

function shareTable(first, folded, columns) {
  const names = columns.map(({ runner, kind }) => `${runner} ${kind}`);
  const cell = (found) => (found ? `${percent(found.share)} (${found.cases})` : '–');
  const rows = [...folded].map(([name, cells]) => [name, ...names.map((column) => cell(cells[column]))]);
  return markdown([first, ...names], rows);
}

/** Sums over the files of one runner. */
export function totals({ results = [], errors = [] }) {
  const sum = (value) => results.reduce((all, result) => all + value(result), 0);
  return {
    files: results.filter(({ file }) => file !== '').length,
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed.length) + errors.length,
    skipped: sum(({ skipped }) => skipped.length),
  };
}

/** @param data {date, commit, machine, runs: {node, deno, chromium}, left: [{file, reason}]} */
export function writeReport({ date, commit, machine, runs, left }) {
  const columns = columnsOf(runs);
  const rows = mergeShares(runs);
  const byOp = fold(rows, ({ op }) => op);
  const summary = Object.entries(runs).map(([runner, run]) => {
    if (run.missing) return [runner, `not here: ${run.missing}`, '', '', '', ''];
    const { passed, failed, skipped } = totals(run);
    const adapters = run.adapters.map(({ kind, name }) => `${kind} (${name})`).join(', ');
    return [runner, `${run.version}: ${adapters}`, passed, failed > 0 ? `**${failed}**` : 0, skipped, `${run.seconds.toFixed(0)} s`];
  });
  const failures = Object.entries(runs).flatMap(([runner, { results = [], errors = [] }]) => [
    ...errors.map((error) => ({ runner, file: '', name: 'the run', error })),
    ...results.flatMap(({ file, failed }) => failed.map(({ name, error }) => ({ runner, file, name, error }))),
  ]);
  const skipped = Object.entries(runs).flatMap(([runner, { results = [] }]) =>
    results.flatMap((result) => result.skipped.map((name) => ({ runner, file: result.file, name }))),
  );
  const section = (title, lines) => (lines.length > 0 ? `\n## ${title}\n\n${lines.join('\n')}\n` : '');
  const text = `# Kernels on every implementation

${date}, commit ${commit}, ${machine}. Written by \`npm run test:all\`.

${markdown(['implementation', 'what ran', 'passed', 'failed', 'skipped', 'time'], summary, 2)}

## Largest error as a share of its tolerance

Outputs and gradients, all variants, against references in f64; 100 % is all of the tolerance, ∞ a NaN or any error where none is
allowed, the number of comparisons in parentheses.
Tolerances: \`packages/kernels/src/testing/tolerance.ts\`.

${shareTable('op', byOp, columns)}

## By variant and tensor

A dash: the variant does not run there, as the adapter lacks a feature or the op never meets that tensor.

${shareTable(
  'op.variant: tensor',
  fold(rows, ({ op, variant, tensor }) => `${op}${variant && `.${variant}`}${tensor && `: ${tensor}`}`),
  columns,
)}
${section(
  'Failures',
  failures.map(
    ({ runner, file, name, error }) => `- **${runner}**, ${file}, ${name}\n\n  ${error.trim().split('\n').slice(0, 12).join('\n  ')}\n`,
  ),
)}${section(
  'Skipped tests',
  skipped.map(({ runner, file, name }) => `- ${runner}, ${file}: ${name}`),
)}${section(
  'Test files that run in Node only',
  left.map(({ file, reason }) => `- ${file}: ${reason}`),
)}`;
  const json = {
    date,
    commit,
    machine,
    implementations: Object.fromEntries(
      Object.entries(runs).map(([runner, run]) => [
        runner,
        run.missing ? { missing: run.missing } : { version: run.version, adapters: run.adapters, seconds: run.seconds, ...totals(run) },
      ]),
    ),
    shares: rows,
    failures,
    skipped,
    nodeOnly: left,
    files: Object.fromEntries(
      Object.entries(runs).map(([runner, { results = [] }]) => [
        runner,
        results
          .filter(({ file }) => file !== '')
          .map(({ file, passed, failed, skipped, ms }) => ({ file, passed, failed: failed.length, skipped: skipped.length, ms })),
      ]),
    ),
  };
  return { text, json, failures };
}

/** The table for a terminal: columns padded. */
export function shortTable(runs) {
  const names = columnsOf(runs).map(({ runner, kind }) => `${runner} ${kind}`);
  const folded = fold(mergeShares(runs), ({ op }) => op);
  const lines = [
    ['op', ...names],
    ...[...folded].map(([op, cells]) => [
      op,
      ...names.map((name) => (cells[name] ? percent(cells[name].share).replaceAll('**', '') : '–')),
    ]),
  ];
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  return lines.map((line) => line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ')).join('\n');
}
