// What the run says of the aims for a data-centre card, each with the numbers that it was made from. Judged on hardware only.

/** Published peaks of dense f32 without tensor cores, FLOP/s. */
const peaks = [
  [/H100.*(HBM3|SXM)|H200|GH200/i, 66.9e12],
  [/H100/i, 51.2e12],
  [/A100/i, 19.5e12],
  [/\bL40S/i, 91.6e12],
  [/\bL4\b/i, 30.3e12],
  [/RTX 4090/i, 82.6e12],
  [/Tesla T4|\bT4\b/i, 8.1e12],
];

const entry = (bench, set, name) => bench[set]?.entries?.find((one) => one.name === name && !one.wrong && one.median !== null);

function peakOf(card, bench) {
  const known = peaks.find(([pattern]) => pattern.test(card ?? ''));
  if (known) return { flops: known[1], source: `published for ${card}` };
  const measured = entry(bench, 'ceiling', 'multiply-adds in registers')?.rate?.median;
  return measured ? { flops: 1e9 * measured, source: 'measured multiply-adds in registers' } : undefined;
}

const aim = (name, wanted, value, basis) => ({
  name,
  wanted,
  value: Number.isFinite(value) ? value : null,
  met: Number.isFinite(value) ? value >= wanted : null,
  basis,
});

function generation(bench) {
  const fill = entry(bench, 'ceiling', 'fill 64 MiB')?.rate?.median;
  const counted = (bench.generate?.entries ?? []).filter(
    ({ name, wrong, median, facts }) => /^count\b/.test(name) && !wrong && median !== null && facts.bytes,
  );
  return ['f32', 'u8'].map((format) => {
    const found = counted.find(({ name }) => / u8\b/.test(name) === (format === 'u8'));
    const rate = found && found.facts.bytes / found.median / 1e6;
    return aim(
      `generation (count, ${format}) as a share of fill bandwidth`,
      0.6,
      rate && fill ? rate / fill : Number.NaN,
      `${rate?.toFixed(1) ?? '–'} of ${fill?.toFixed(1) ?? '–'} GB/s`,
    );
  });
}

function step(torch) {
  const ms = (engine, workload) =>
    torch?.entries?.find((one) => one.engine === engine && one.workload === workload && !one.wrong && one.msMedian)?.msMedian;
  const [own, graphs] = [ms('kindling', 'step+binary'), ms('torch-cuda-graphs', 'step')];
  const basis = `${own?.toFixed(3) ?? '–'} ms with a generated batch beside ${graphs?.toFixed(3) ?? '–'} ms with a resident one`;
  return aim(
    'step with generation: how many times as fast as PyTorch with CUDA graphs',
    1,
    own && graphs ? graphs / own : Number.NaN,
    basis,
  );
}

function products(matmul, peak) {
  const rate = (half) =>
    Math.max(
      ...(matmul?.entries ?? [])
        .filter(({ wrong, name, gflops }) => !wrong && gflops && name.endsWith('_f16') === half)
        .map(({ gflops }) => gflops),
    );
  const best = rate(false);
  const value = Number.isFinite(best) && peak ? (1e9 * best) / peak.flops : Number.NaN;
  const basis = `${Number.isFinite(best) ? (best / 1000).toFixed(2) : '–'} of ${peak ? (peak.flops / 1e12).toFixed(1) : '–'} TFLOP/s (${peak?.source ?? 'unknown'})`;
  const half = rate(true);
  return [
    aim(`matmul ${matmul?.size ?? 4096}³ f32 as a share of the f32 peak`, 0.3, value, basis),
    aim(
      'matmul on f16 storage: how many times as fast as f32',
      1,
      half / best,
      `${Number.isFinite(half) ? (half / 1000).toFixed(2) : '–'} TFLOP/s`,
    ),
  ];
}

function sweep(bench) {
  const rate = (name) => entry(bench, 'sweep', name)?.rate?.median;
  const [one, many] = [rate('1 model'), rate('1000 models')];
  return aim(
    '1,000 models along the models axis: how many times the throughput of one after another',
    20,
    one && many ? many / one : Number.NaN,
    `${many?.toFixed(0) ?? '–'} beside ${one?.toFixed(0) ?? '–'} model steps/s`,
  );
}

/** @returns [{name, wanted, value, met, basis}]; null where a stage gave no number */
export function aimsOf({ bench, matmul, torch, card }) {
  return [...generation(bench), step(torch), ...products(matmul, peakOf(card, bench)), sweep(bench)];
}
