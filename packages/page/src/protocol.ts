// What the page and its worker say to each other. Plain data that structured clone carries; `type` tells the messages apart.
import type { PageRecipe } from './recipe.js';

export type PhaseName = 'warmup' | 'natural';

/** To the worker, before all else. Open the worker as `new Worker(url, { type: 'module' })`. */
export interface Init {
  readonly type: 'init';
  /** Of the generated batch; transfer it: `postMessage(init, [init.canvas])`. Without one nothing is drawn. */
  readonly canvas?: OffscreenCanvas;
  /** Folder of the shipped data, absolute: `new URL('data/', document.baseURI).href`. */
  readonly data: string;
  /** A part of an adapter's name, or `hardware` or `software`; the best one without it. */
  readonly adapter?: string;
}

/** Trains a recipe from its first step. Answered by `started`, or by an `error` for a recipe that does not hold or while another one trains. */
export interface Start {
  readonly type: 'start';
  /** As from `pageRecipe` or `recipeFromHash`; the worker checks it again. */
  readonly recipe: PageRecipe;
}

/** Stops at the next border between two blocks of steps, within some 0.3 s on a GPU; answered by `paused`. */
export interface Pause {
  readonly type: 'pause';
}

/** Goes on; answered by `resumed`. */
export interface Resume {
  readonly type: 'resume';
}

/** Ends the run where it is, also while it is paused; answered by `stopped`, and the record up to there can be downloaded. */
export interface Stop {
  readonly type: 'stop';
}

/**
 * Classifies one image with the parameters as they are; answered by `prediction`, between two blocks of steps while training. Of several that wait only
 * the last is answered.
 */
export interface Predict {
  readonly type: 'predict';
  /** [1, 28, 28], 0 background to 1 ink, as MNIST's images: a digit of some 20 pixels in the middle. */
  readonly pixels: Float32Array<ArrayBuffer>;
  /** Comes back with the answer, so that late ones can be told apart. */
  readonly id?: number;
}

/** Times kernels while training, some blocks of steps from now on. Off at first. Changes no bit of the result. */
export interface Profile {
  readonly type: 'profile';
  readonly on: boolean;
}

/** Asks for the record of the last run, ended or not; answered by `record`. */
export interface Download {
  readonly type: 'download';
}

/** Generates the warm-up's first batches aside and hashes their random words and labels; answered by `digest`. Only while nothing trains. */
export interface AskDigest {
  readonly type: 'digest';
  readonly recipe: PageRecipe;
  /** Steps, 1 to 100. */
  readonly steps: number;
}

/** Loses the device, as a driver's reset does: for tests. */
export interface LoseDevice {
  readonly type: 'loseDevice';
}

export type ToWorker = Init | Start | Pause | Resume | Stop | Predict | Profile | Download | AskDigest | LoseDevice;

/** The adapter is open and the data is on it. */
export interface Ready {
  readonly type: 'ready';
  readonly adapter: {
    /** A line for people. */
    readonly name: string;
    readonly vendor: string;
    readonly architecture: string;
    /** A CPU runs the shaders: slow, and worth saying. */
    readonly software: boolean;
  };
  /** Of the device, e.g. `timestamp-query`, `shader-f16`, `subgroups`. */
  readonly features: readonly string[];
  readonly data: {
    readonly name: string;
    readonly train: number;
    readonly test: number;
    readonly licence: string;
    /** Who made it. */
    readonly origin: string;
    /** Which images are in it, in words. */
    readonly split: string;
  };
  readonly version: string;
}

/** There is no WebGPU here, and so nothing to train on. `next`: what to do, for any browser. */
export interface NoWebGpu {
  readonly type: 'no-webgpu';
  readonly reason: string;
  readonly next: string;
}

/** Something was refused or failed. */
export interface Failure {
  readonly type: 'error';
  /** Whether a run ended with it; a refused request leaves a run alone. */
  readonly ended: boolean;
  readonly subject: string;
  readonly got: string;
  readonly expected: string;
  readonly next: string;
}

/** A run begins: everything before `steps` is compiling. */
export interface Started {
  readonly type: 'started';
  /** With its defaults filled in. */
  readonly recipe: PageRecipe;
  /** Steps that are going to be done, and how many of them are warm-up. Of arm `skip`: the natural ones, and 0; of `adaptive`: batches of all epochs, and 0. */
  readonly steps: number;
  readonly warmupSteps: number;
  /** One line on what this arm is. */
  readonly note: string;
  /** The same run on the command line. */
  readonly command: string;
}

/** Steps that are done; a few times a second at most. */
export interface Progress {
  readonly type: 'progress';
  /** Of the trial, warm-up included. */
  readonly step: number;
  readonly steps: number;
  readonly phase: PhaseName;
  /** Losses of the last `loss.length` steps up to `step`, one each; null where it was no finite number. */
  readonly loss: readonly (number | null)[];
  readonly lr: number;
  /** Steps a second, of these steps. */
  readonly rate: number;
}

/** On the test half: after the warm-up, every `evalEvery` natural steps, and at the end. */
export interface Evaluated {
  readonly type: 'evaluation';
  readonly step: number;
  readonly phase: PhaseName;
  /** Share of the test images, 0 to 1. */
  readonly accuracy: number;
  readonly testLoss: number;
}

/** Mean and standard deviation over a batch. */
export interface Spread {
  readonly mean: number;
  readonly sd: number;
}

/** How Experiment 1 moves the images of a batch; about ten times in its warm-up. */
export interface SamplerMoved {
  readonly type: 'sampler';
  readonly step: number;
  /** Shifts in pixels, rotation in degrees. */
  readonly poses: { readonly tx: Spread; readonly ty: Spread; readonly rotation: Spread };
}

/** Class weights of `adaptive` after an epoch, by class. */
export interface ClassWeights {
  readonly type: 'weights';
  readonly epoch: number;
  readonly epochs: number;
  /** w = (1 − validation accuracy) + 0.1; the share of a batch that a class gets is its weight over their sum. */
  readonly weights: readonly number[];
  /** Of the validation images of each class. */
  readonly accuracy: readonly number[];
}

/** Which images the canvas shows from now on; once a phase. */
export interface BatchShown {
  readonly type: 'batch';
  readonly phase: PhaseName;
  /**
   * Tiles of the picture: sample i is in row ⌊i / columns⌋. The worker sizes the canvas: `columns·(width + 1) − 1` × `rows·(height + 1) − 1` pixels, a
   * transparent line between tiles; scale it with `image-rendering: pixelated`.
   */
  readonly columns: number;
  readonly rows: number;
  readonly width: number;
  readonly height: number;
  /** What made them, in words. */
  readonly source: string;
  /** `gpu`: drawn from the buffer, nothing comes back to the host; `readback`: this browser cannot draw so, and the pixels go by way of the host. */
  readonly way: 'gpu' | 'readback';
}

/** One kernel in one phase. */
export interface TimingRow {
  readonly phase: PhaseName;
  /** Making the batch, or training on it. */
  readonly part: 'data' | 'train';
  /** `conv2d/forward.tile`. */
  readonly kernel: string;
  /** Sizes, `n64 c8 h14`. */
  readonly shape: string;
  /** Calls in one step. */
  readonly calls: number;
  /** Milliseconds of all its calls in one step, mean over the steps that were timed. */
  readonly ms: number;
  /** Of the phase's kernels, 0 to 1. */
  readonly share: number;
}

/** Per-kernel times so far; while `profile` is on. Empty with a `note` where they cannot be had. */
export interface Timings {
  readonly type: 'timings';
  readonly rows: readonly TimingRow[];
  /** Steps that were timed, by phase. */
  readonly steps: Readonly<Partial<Record<PhaseName, number>>>;
  /** What to be careful about, or why there are none; empty where there is nothing to say. */
  readonly note: string;
}

/** What crossed between host and GPU, as the device's meter counts it. */
export interface LedgerRow {
  /** `other`: compiling, uploading the data once, evaluating, keeping a copy of the state, drawing. */
  readonly phase: PhaseName | 'other';
  /** 0 for `other`. */
  readonly steps: number;
  readonly bytesToDevice: number;
  /** The losses, once a block of steps. */
  readonly bytesFromDevice: number;
  readonly submits: number;
  readonly dispatches: number;
}

/** A few times a second at most, and at the end. */
export interface LedgerNow {
  readonly type: 'ledger';
  readonly phases: readonly LedgerRow[];
}

/** The run stands still. */
export interface Paused {
  readonly type: 'paused';
  readonly step: number;
}

export interface Resumed {
  readonly type: 'resumed';
  readonly step: number;
}

/** The run was stopped before its end. */
export interface Stopped {
  readonly type: 'stopped';
  readonly step: number;
}

/** The device is gone; the worker opens another one by itself. */
export interface Lost {
  readonly type: 'lost';
  readonly reason: string;
}

/** A new device is open; a run that was going on continues from a copy of its state after `step` (0: from its beginning), to the same bits. */
export interface Recovered {
  readonly type: 'recovered';
  readonly step: number;
  /** Whether a run goes on. */
  readonly training: boolean;
}

/** How a run ended. */
export interface RunSummary {
  readonly recipe: PageRecipe;
  readonly accuracy: number;
  readonly testLoss: number;
  /** Test images [true class][predicted class]. */
  readonly confusion: readonly (readonly number[])[];
  readonly note: string;
  /** Seconds; without the time that it was paused. */
  readonly seconds: number;
  /** Hash of the recipe for a link, without the `#`. */
  readonly hash: string;
}

export interface Done {
  readonly type: 'done';
  readonly summary: RunSummary;
}

/** The record of a run, to save as one file. `kindling figure FILE` draws it. */
export interface RunRecord {
  readonly type: 'record';
  readonly name: string;
  readonly mime: string;
  /** A tar archive. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What is in it. */
  readonly files: readonly string[];
}

/** Class probabilities of an image. */
export interface Prediction {
  readonly type: 'prediction';
  readonly probabilities: readonly number[];
  /** `untrained`: no natural step was done yet, so the answer is a guess. */
  readonly model: 'untrained' | 'training' | 'trained';
  /** Steps of the trial that the parameters have behind them. */
  readonly step: number;
  readonly id?: number;
}

/** SHA-256 of the first batches' random words and integer labels: equal on every adapter and on the command line. */
export interface Digest {
  readonly type: 'digest';
  readonly digest: string;
  readonly steps: number;
  /** What prints the same digest on the command line. */
  readonly command: string;
}

export type FromWorker =
  | Ready
  | NoWebGpu
  | Failure
  | Started
  | Progress
  | Evaluated
  | SamplerMoved
  | ClassWeights
  | BatchShown
  | Timings
  | LedgerNow
  | Paused
  | Resumed
  | Stopped
  | Lost
  | Recovered
  | Done
  | RunRecord
  | Prediction
  | Digest;
