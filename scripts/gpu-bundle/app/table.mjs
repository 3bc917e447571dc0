// The short table at the end of a run.

const number = (value, digits = 3) =>
  value === null || value === undefined ? '–' : Number(value.toPrecision(digits)).toLocaleString('en-GB', { maximumFractionDigits: 6 });

/** Rows with columns padded: the first to the left, the others to the right. */
function columns(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) => `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ')}`.trimEnd());
}

const benchRows = (bench) =>
  Object.values(bench).flatMap(({ entries = [] }) =>
    entries.map(({ id, median, spread, n, rate, wrong, problem }) => [
      id,
      wrong ? 'WRONG' : number(median),
      median === null ? (problem ?? '').slice(0, 60) : number(rate?.median),
      rate?.unit ?? '',
      spread === null ? '' : `${(100 * spread).toFixed(0)} %`,
      String(n),
    ]),
  );

/** @param report the JSON that the run writes; @returns text */
export function table({ probe, tests, verify, bench, matmul, torch, aims, stages, failures, seconds }) {
  const lines = [];
  const section = (title, rows) => {
    if (rows.length > 0) lines.push('', title, ...columns(rows));
  };
  lines.push(probe ? `${probe.adapter.kind}: ${probe.adapter.name}` : 'no adapter');
  if (tests)
    lines.push(
      `tests: ${tests.files.length} files, ${tests.passed} passed, ${tests.failed} failed, ${tests.skipped} skipped, ${tests.notRun.length} not reached`,
    );
  if (verify) lines.push(`verify: ${verify.passed} passed, ${verify.failed} failed`);
  section('benchmarks', bench && Object.keys(bench).length > 0 ? [['', 'ms', 'rate', '', 'spread', 'n'], ...benchRows(bench)] : []);
  section(
    `matmul ${matmul?.size}³`,
    (matmul?.entries ?? []).map(({ name, kernel, ms, gflops, wrong }) => [
      name === 'kindling' ? `the op's choice: ${kernel}` : name,
      wrong ? 'WRONG' : `${number(ms)} ms`,
      `${number(gflops)} GFLOP/s`,
    ]),
  );
  section(
    'step beside PyTorch, ms',
    (torch?.entries ?? []).map(({ engine, workload, msMedian, wrong, problem }) => [
      `${engine}, ${workload}`,
      wrong ? 'WRONG' : number(msMedian),
      msMedian === null ? (problem ?? '').slice(0, 80) : number(torch.ratios?.[workload]?.[engine]),
    ]),
  );
  section(
    'aims',
    (aims ?? []).map(({ name, wanted, value, met, basis }) => [
      name,
      number(value),
      `aim ${wanted}`,
      met === null ? 'no number' : met ? 'met' : 'not met',
      basis,
    ]),
  );
  section(
    'stages',
    stages.map((stage) => [stage.name, `${stage.seconds.toFixed(1)} s`, stage.problem ? stage.problem.slice(0, 100) : 'done']),
  );
  lines.push(
    '',
    ...failures.map(
      (failure) =>
        `FAILED ${failure.stage}: ${failure.what}${failure.error ? `\n  ${String(failure.error).trim().split('\n').slice(0, 3).join('\n  ')}` : ''}`,
    ),
  );
  lines.push(`${failures.length} ${failures.length === 1 ? 'failure' : 'failures'}, ${seconds.toFixed(0)} s`);
  return lines.join('\n');
}
