import type { Shape, Traits } from '@kindling/core';
import type { Attrs, Launch, LowerContext, OpName, OutputSpec } from '@kindling/kernels';
import type { Random } from './random.js';

/** An attribute's value in a manifest's world: plain JSON, lists as lists. */
export type Setting = number | boolean | string | readonly number[];
export type Settings = Readonly<Record<string, Setting>>;

export interface AttributeSpec {
  readonly type: 'int' | 'float' | 'bool' | 'text' | 'ints';
  readonly meaning: string;
  /** Taken where the attribute is left out; without it the attribute is required. */
  readonly default?: Setting;
  /** Of a text. */
  readonly choices?: readonly string[];
}

/**
 * Which values an input may hold; any numbers where it says nothing. `sixteenths` are multiples of 1/16 up to 1, of which f32 adds some
 * thousand products exactly; `pose` moves an image by up to a third.
 */
export type Contents =
  | { readonly kind: 'any' | 'positive' | 'distinct' | 'pose' | 'sixteenths' }
  /** Whole numbers from 0 to below the expression. */
  | { readonly kind: 'integers'; readonly below: string }
  /** Eight of them a word, four bits each, every one below the number. */
  | { readonly kind: 'nibbles'; readonly below: number };

export interface TensorSpec {
  /** In words, e.g. `[N, C, H, W]`. */
  readonly axes: string;
  /** Expression that gives 'f32', 'f16' or 'u32'; f32 where it is left out. */
  readonly element?: string;
  /** Expression of a list: of outputs always, of an input where it follows from the rest. */
  readonly shape?: string;
  /** Expression: how many blocks of the shape lie one after another, to be added. */
  readonly parts?: string;
  readonly optional?: boolean;
  /** False where the shape holds all models already. */
  readonly perModel?: boolean;
  readonly contents?: Contents;
  /** An output that only the kernel itself needs. */
  readonly scratch?: boolean;
  /** An input that the kernel changes in place. */
  readonly changed?: boolean;
  /** Expression: whether the output is written at all. */
  readonly written?: string;
}

/** An expression that must hold, and what to say where it does not. `stricter` marks what the descriptor itself lets pass. */
export type Requirement = readonly [that: string, otherwise: string] | readonly [that: string, otherwise: string, stricter: 'stricter'];

export interface PassSpec {
  /** Path of the entry module below shaders/, without the ending. */
  readonly shader: string;
  /** Expressions of fields of `struct Params`. Left out are `<tensor>_model` strides and fields named like a definition. */
  readonly params?: Readonly<Record<string, string>>;
  readonly constants?: Readonly<Record<string, string>>;
  /** Bindings that take a tensor of another name. */
  readonly tensors?: Readonly<Record<string, string>>;
  /** What to bind where an optional tensor is missing. */
  readonly instead?: Readonly<Record<string, string>>;
  /** Workgroups of one model, to be spread over x and y. */
  readonly count?: string;
  /** Workgroups in x, where y is 1. */
  readonly groups?: string;
  readonly when?: string;
}

/** Passes again and again, `variable` taking the values of a list one after another. */
export interface LoopSpec {
  readonly variable: string;
  readonly values: string;
  readonly passes: readonly StepSpec[];
}

export type StepSpec = PassSpec | LoopSpec;

export interface VariantSpec {
  readonly passes: readonly StepSpec[];
  readonly needs?: readonly Requirement[];
  /** The descriptor's name for it, where attributes alone choose between several of ours. */
  readonly descriptor?: string;
}

/** Shapes of the inputs that are there, and attributes. */
export interface Problem {
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly settings: Settings;
}

/** f64 values by tensor, as they are stored: rounded to the tensor's element. Parts lie one after another. */
export type Values = Readonly<Record<string, Float64Array>>;

/** Where the expected outputs of a case come from. */
export type Truth =
  /** The op's own f64 reference. */
  | { readonly kind: 'forward'; readonly op: OpName }
  | GradientTruth
  /** The definition, written out here, for kernels without a reference elsewhere: values of all models, inputs and what they become. */
  | { readonly kind: 'own'; readonly make: (problem: Problem, models: number, random: Random) => { inputs: Values; outputs: Values } };

/** The forward pass that a gradient kernel belongs to. */
export interface Forward {
  readonly op: OpName;
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly attrs: Attrs;
  /** Values of its inputs; any where it says nothing. */
  readonly contents?: Readonly<Record<string, Contents>>;
  /** The kernel's inputs by their names in the forward op, where they differ: `{v: 'x'}`. */
  readonly names?: Readonly<Record<string, string>>;
}

/**
 * A gradient kernel: its outputs are finite differences of the forward op's f64 reference, and its inputs the forward op's inputs and
 * outputs of the same name, with `dy` drawn; without a `dy` they are gradients of the mean of the forward op's first output.
 */
export interface GradientTruth {
  readonly kind: 'gradient';
  readonly forward: (problem: Problem) => Forward;
  /** The forward op's inputs that the kernel's outputs are gradients of: `{dx: 'x'}`. */
  readonly gives: Readonly<Record<string, string>>;
  /** The kernel's inputs that are gradients themselves. */
  readonly takes?: Readonly<Record<string, string>>;
}

/** What the formulas of one kernel must agree with: the functions that the engine itself runs. */
export interface Descriptor {
  infer(shapes: Readonly<Record<string, Shape>>, attrs: Attrs, traits: Traits): Record<string, OutputSpec>;
  lower(context: LowerContext): Launch[];
}

/** One kernel's formulas. */
export interface KernelSpec {
  readonly name: string;
  readonly kind: 'op' | 'gradient' | 'optimizer' | 'evaluation';
  /** What it computes, in a sentence or two. */
  readonly summary: string;
  readonly descriptor: Descriptor;
  readonly attributes: Readonly<Record<string, AttributeSpec>>;
  readonly inputs: Readonly<Record<string, TensorSpec>>;
  readonly outputs: Readonly<Record<string, TensorSpec>>;
  readonly definitions: Readonly<Record<string, string>>;
  readonly requires: readonly Requirement[];
  readonly variants: Readonly<Record<string, VariantSpec>>;
  /** In order: the first whose expression holds and whose needs are met is what the engine would take. */
  readonly choose: readonly (readonly [when: string, variant: string])[];
  /** A random problem that the kernel takes. */
  readonly draw: (random: Random) => Problem;
  /** Problems that cases always have, and those that are timed. */
  readonly always?: readonly Problem[];
  readonly bench: readonly Problem[];
  readonly truth: Truth;
  /** The manifest's attributes as the descriptor wants them; lists become text by default. */
  readonly attrsOf?: (settings: Settings) => Attrs;
}
