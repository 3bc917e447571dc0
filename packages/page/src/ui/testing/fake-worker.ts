// A worker that speaks the page's protocol and trains nothing, for tests and for work on the page: curves of about the right form, at any speed.
// `?absent`: no WebGPU. `?tick=20`: milliseconds a block of steps takes. `?lose=120`: loses the device at that step, once. `?hold=100,300`: stands
// still at these steps, one after the other, until it is paused and resumed or stopped.
import type { FromWorker, PhaseName, ToWorker } from '../../protocol.js';
import { commandOf, isAdaptive, type PageRecipe, pageRecipe, recipeToHash, stepsOf } from '../../recipe.js';

const options = new URLSearchParams(location.search);
const TICK = Number(options.get('tick') ?? 20);
const BLOCK = 25;
const say = (message: FromWorker, transfer: Transferable[] = []) => (postMessage as Worker['postMessage'])(message, transfer);

let canvas: OffscreenCanvas | undefined;
let recipe: PageRecipe | undefined;
let step = 0;
let running = false;
let profiled = false;
let trained = false;
const holds = (options.get('hold') ?? '').split(',').filter(Boolean).map(Number);
let toLose = Number(options.get('lose') ?? 0);

/** Noise that is the same each time: a hash of the integer, 0 to 1. */
const noise = (i: number): number => Math.abs(Math.sin(i * 12.9898) * 43758.5453) % 1;

const shape = (of: PageRecipe) => {
  const { steps, warmupSteps } = stepsOf(of);
  return { steps, warmup: warmupSteps };
};

function lossAt(of: PageRecipe, at: number): number {
  const { warmup } = shape(of);
  const rough = 1 + 0.25 * (noise(at) - 0.5);
  const raw = of.experiment === 'count' && of.arm === 'published';
  if (at <= warmup) return (raw ? 153_000 * Math.exp(-at / 18) + 210 : 2.3 * Math.exp(-at / 120) + 0.12) * rough;
  return (2.1 * Math.exp(-(at - warmup) / 70) + 0.28) * rough;
}

const accuracyAt = (of: PageRecipe, at: number): number => {
  const bad = of.experiment === 'count' && of.arm === 'published' && shape(of).warmup > 0;
  return (bad ? 0.62 : 0.89) * (1 - Math.exp(-Math.max(0, at - shape(of).warmup + 20) / 60));
};

/** A batch of 64 tiles with a bar in each, so that a picture is seen. */
function drawBatch(seed: number): void {
  if (!canvas) return;
  canvas.width = 224;
  canvas.height = 224;
  const context = canvas.getContext('2d')!;
  context.fillStyle = '#000';
  context.fillRect(0, 0, 224, 224);
  context.strokeStyle = '#fff';
  context.lineWidth = 2.5;
  context.lineCap = 'round';
  for (let tile = 0; tile < 64; tile++) {
    const turn = Math.PI * noise(seed + 7 * tile);
    const [x, y] = [28 * (tile % 8) + 14, 28 * Math.floor(tile / 8) + 14];
    context.beginPath();
    context.ellipse(x, y, 8 * noise(seed + tile + 1) + 1, 8, turn, 0, 1.2 * Math.PI + turn);
    context.stroke();
  }
}

function ledger(of: PageRecipe): void {
  const { warmup } = shape(of);
  const warm = Math.min(step, warmup);
  const row = (phase: PhaseName, steps: number) => ({
    phase,
    steps,
    bytesToDevice: 0,
    bytesFromDevice: 4 * steps,
    submits: Math.ceil(steps / BLOCK),
    dispatches: 10 * steps,
  });
  say({
    type: 'ledger',
    phases: [
      row('warmup', warm),
      row('natural', step - warm),
      { phase: 'other', steps: 0, bytesToDevice: 9_410_112, bytesFromDevice: 416_304, submits: 21, dispatches: 184 },
    ],
  });
}

function timings(of: PageRecipe): void {
  if (!profiled) return;
  const kernels = [
    ['conv_relu_pool/forward.tile', 'n64 c1 h28', 1, 0.21],
    ['conv_relu_pool/forward.tile', 'n64 c8 h14', 1, 0.34],
    ['conv2d/backward_data.tile', 'n64 c16 h14', 1, 0.41],
    ['conv2d/backward_weight.tile', 'n64 c16 h14', 2, 0.38],
    ['linear/forward.tile', 'n64 i784 o64', 2, 0.11],
    ['linear/backward.tile', 'n64 i784 o64', 2, 0.26],
    ['softmax_cross_entropy/forward', 'n64 c10', 1, 0.03],
    ['adam/step', '52138', 1, 0.09],
  ] as const;
  const total = kernels.reduce((sum, [, , , ms]) => sum + ms, 0);
  const { warmup } = shape(of);
  const phases: PhaseName[] = step > warmup ? (warmup ? ['warmup', 'natural'] : ['natural']) : ['warmup'];
  say({
    type: 'timings',
    rows: phases.flatMap((phase) =>
      kernels.map(([kernel, form, calls, ms]) => ({ phase, part: 'train' as const, kernel, shape: form, calls, ms, share: ms / total })),
    ),
    steps: Object.fromEntries(phases.map((phase) => [phase, 40])),
    note: '',
  });
}

function evaluate(of: PageRecipe, phase: PhaseName): void {
  const accuracy = accuracyAt(of, step);
  say({ type: 'evaluation', step, phase, accuracy, testLoss: 2.4 * (1 - accuracy) });
}

function finish(of: PageRecipe): void {
  running = false;
  trained = true;
  const accuracy = accuracyAt(of, step);
  const confusion = Array.from({ length: 10 }, (_, y) =>
    Array.from({ length: 10 }, (_, x) => (x === y ? Math.round(200 * accuracy) : Math.round(4 * noise(10 * x + y)))),
  );
  say({
    type: 'done',
    summary: { recipe: of, accuracy, testLoss: 2.4 * (1 - accuracy), confusion, note: 'a fake', seconds: 4.2, hash: recipeToHash(of) },
  });
}

function block(): void {
  if (!running || !recipe) return;
  const { steps, warmup } = shape(recipe);
  if (toLose > 0 && step >= toLose) {
    toLose = 0;
    say({ type: 'lost', reason: 'asked for by the test' });
    step = Math.max(0, step - 2 * BLOCK);
    say({ type: 'recovered', step, training: true });
  }
  const end = Math.min(steps, step < warmup ? Math.min(warmup, step + BLOCK) : step + BLOCK);
  const first = step + 1;
  const phase: PhaseName = end <= warmup ? 'warmup' : 'natural';
  if (first === 1 || (first === warmup + 1 && warmup > 0)) {
    say({
      type: 'batch',
      phase,
      columns: 8,
      rows: 8,
      width: 28,
      height: 28,
      source: phase === 'warmup' ? 'family strokes, generated on the GPU' : 'MNIST, gathered on the GPU',
      way: 'gpu',
    });
  }
  const of = recipe;
  step = end;
  say({
    type: 'progress',
    step,
    steps,
    phase,
    loss: Array.from({ length: end - first + 1 }, (_, i) => lossAt(of, first + i)),
    lr: 3e-4,
    rate: 310,
  });
  drawBatch(step);
  if (of.experiment === 'augment' && phase === 'warmup') {
    const spread = (most: number) => ({ mean: most * (noise(step) - 0.5), sd: most * 0.3 });
    say({ type: 'sampler', step, poses: { tx: spread(6), ty: spread(6), rotation: spread(20) } });
  }
  if (isAdaptive(of) && step % 10 === 0) {
    const accuracy = Array.from({ length: 10 }, (_, digit) => Math.min(0.98, 0.5 + step / 250 + 0.2 * noise(digit)));
    say({ type: 'weights', epoch: step / 10, epochs: of.epochs, weights: accuracy.map((value) => 1.1 - value), accuracy });
  }
  ledger(of);
  timings(of);
  if (step === warmup && warmup > 0) evaluate(of, 'warmup');
  else if (step > warmup && !isAdaptive(of) && of.evalEvery > 0 && (step - warmup) % of.evalEvery === 0) evaluate(of, 'natural');
  else if (step === steps) evaluate(of, 'natural');
  if (step >= steps) finish(of);
  else if (step === holds[0]) holds.shift();
  else setTimeout(block, TICK);
}

function hear(message: ToWorker): void {
  switch (message.type) {
    case 'init':
      canvas = message.canvas;
      if (options.has('absent'))
        say({ type: 'no-webgpu', reason: 'the browser has no WebGPU', next: 'use a recent Chrome, Edge, Safari or Firefox' });
      else
        say({
          type: 'ready',
          adapter: { name: 'Fake adapter', vendor: 'nobody', architecture: 'none', software: true },
          features: ['timestamp-query'],
          data: {
            name: 'MNIST',
            train: 10_000,
            test: 2_000,
            licence: 'CC BY-SA 3.0',
            origin: 'Y. LeCun, C. Cortes, C. Burges',
            split: 'The first images of both halves',
          },
          version: '0',
        });
      break;
    case 'start': {
      recipe = pageRecipe(message.recipe);
      step = 0;
      running = true;
      const { steps, warmup } = shape(recipe);
      say({ type: 'started', recipe, steps, warmupSteps: warmup, note: 'a fake', command: commandOf(recipe) });
      setTimeout(block, TICK);
      break;
    }
    case 'pause':
      running = false;
      say({ type: 'paused', step });
      break;
    case 'resume':
      running = true;
      say({ type: 'resumed', step });
      setTimeout(block, TICK);
      break;
    case 'stop':
      running = false;
      say({ type: 'stopped', step });
      break;
    case 'profile':
      profiled = message.on;
      break;
    case 'predict': {
      // The amount of ink decides: enough to see that the pixels came.
      const ink = message.pixels.reduce((sum, value) => sum + value, 0);
      const digit = Math.floor(ink) % 10;
      const probabilities = Array.from({ length: 10 }, (_, i) => (i === digit ? 0.91 : 0.01));
      say({
        type: 'prediction',
        probabilities,
        model: trained ? 'trained' : running ? 'training' : 'untrained',
        step,
        ...(message.id === undefined ? {} : { id: message.id }),
      });
      break;
    }
    case 'download': {
      const bytes = new TextEncoder().encode('record');
      say({ type: 'record', name: 'kindling-run.tar', mime: 'application/x-tar', bytes, files: ['metrics.jsonl'] }, [bytes.buffer]);
      break;
    }
    default:
      break;
  }
}

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => hear(data));
