import { crossEntropy, differentiate, Graph, type Model, type ParameterSpec, type Tensor } from '@kindling/autograd';
import { coreTraits, formatShape, InputError, KindlingError } from '@kindling/core';
import { builtInModels, type ModelSpec } from './models.js';
import type { ImageFacts } from './natural.js';
import { MODEL_NAME } from './recipe.js';

/** What stands in a message for any value. */
const kindOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object'
    ? `an object with ${Object.keys(value).join(', ') || 'no field'}`
    : (JSON.stringify(value) ?? typeof value);
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Says what is wrong with a part of the model. */
type Refuse = (part: string, got: string, expected: string, next: string) => never;

/** Line of the first stack frame outside of Kindling. */
function siteOf(error: unknown): string | undefined {
  const frames = error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
  const own = /[\\/](packages|@kindling)[\\/](autograd|kernels|warmup)[\\/](src|dist)[\\/]|node:internal/;
  const frame = frames.find((line) => !own.test(line) || line.includes('.test.'));
  return frame
    ?.trim()
    .replace(/^at\s+/, '')
    .replace(/^.*\(|\)$/g, '');
}

/** Calls a function of the user's: what it throws says where. */
function within<T>(subject: string, part: string, contract: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof KindlingError)
      throw new InputError({ ...error.parts, subject: `${subject}: ${error.parts.subject}` }, 2, { cause: error });
    const site = siteOf(error);
    const got = error instanceof Error ? `${error.name}: ${error.message.split('\n')[0]}` : String(error);
    const next = `correct ${part} in the module`;
    throw new InputError({ subject: `${subject}: ${part}`, got, expected: contract, next, ...(site ? { site } : {}) }, 2, { cause: error });
  }
}

const PARAMETER_NAME = /^[\w-]+(\.[\w-]+)*$/;
const RESERVED = /\.(exp_avg|exp_avg_sq)$/;

/** Parameters as a module gives them: `name: { shape, bound }`, or `name: layer(…)` for `name.weight` and `name.bias`. */
function checkedParameters(given: unknown, refuse: Refuse): Record<string, ParameterSpec> {
  const contract = 'an object that gives each parameter { shape, bound }, or { weight, bias } of these as layer() makes it';
  if (!isObject(given)) return refuse('parameters', kindOf(given), contract, 'return such an object');
  const flat = Object.entries(given).flatMap(([name, value]): [string, unknown][] =>
    isObject(value) && !('shape' in value) && ('weight' in value || 'bias' in value)
      ? Object.entries(value).map(([part, spec]) => [`${name}.${part}`, spec])
      : [[name, value]],
  );
  if (flat.length === 0) refuse('parameters', 'none', 'at least one', 'declare what the model learns');
  return Object.fromEntries(
    flat.map(([name, spec]): [string, ParameterSpec] => {
      const subject = `parameter ${name}`;
      if (!PARAMETER_NAME.test(name) || RESERVED.test(name) || name === '__proto__' || name === '__metadata__') {
        refuse(subject, 'this name', 'letters, digits, dashes and underscores, with dots between them, e.g. conv1.weight', 'rename it');
      }
      if (!isObject(spec)) return refuse(subject, kindOf(spec), contract, 'write e.g. { shape: [8, 1, 3, 3], bound: 0.3 }, or use layer()');
      const { shape, bound, centre } = spec;
      const isShape = Array.isArray(shape) && shape.length > 0 && shape.every((size) => Number.isSafeInteger(size) && size > 0);
      if (!isShape) return refuse(subject, `shape ${JSON.stringify(shape)}`, 'an array of positive whole numbers', 'correct its shape');
      if (typeof bound !== 'number' || !(bound >= 0 && bound < Number.POSITIVE_INFINITY)) {
        return refuse(
          subject,
          `bound ${JSON.stringify(bound)}`,
          'a number from 0: initial values are uniform in ±bound',
          'write e.g. bound: 0.1',
        );
      }
      if (centre !== undefined && !Number.isFinite(centre)) {
        return refuse(subject, `centre ${JSON.stringify(centre)}`, 'a number', 'leave it away for 0');
      }
      return [name, { shape: [...shape], bound, ...(centre === undefined ? {} : { centre: centre as number }) }];
    }),
  );
}

/** The parameters as `forward` sees them: a name that is not there is an error that says so, not `undefined`. */
const strict = (p: Readonly<Record<string, Tensor>>): Record<string, Tensor> =>
  new Proxy(p, {
    get(all, name) {
      if (typeof name !== 'string' || Object.hasOwn(all, name)) return Reflect.get(all, name);
      const next = 'add it to parameters(outputs), or correct the name';
      throw new InputError({
        subject: `parameter ${name}`,
        got: 'a name that parameters(outputs) does not give',
        expected: Object.keys(all).join(', '),
        next,
      });
    },
  });

/** Traces the model for a batch and a head, and differentiates it: both must go well before anything is compiled. */
function tryOut(model: ModelSpec, batch: number, outputs: number, subject: string, refuse: Refuse): void {
  const graph = new Graph(coreTraits);
  const { channels, height, width } = model.input;
  const x = graph.input('x', [batch, channels, height, width]);
  const parameters = new Map(Object.entries(model.parameters(outputs)).map(([name, { shape }]) => [name, graph.parameter(name, shape)]));
  const logits: unknown = model.forward(Object.fromEntries(parameters), { x });
  const expected = `logits [N, outputs], here [${batch}, ${outputs}], for a batch [${batch}, ${channels}, ${height}, ${width}]`;
  if (!isObject(logits) || logits.graph !== graph) {
    const got =
      logits instanceof Promise ? 'a promise' : isObject(logits) && 'shape' in logits ? 'a tensor of another graph' : kindOf(logits);
    refuse('forward', got, expected, 'return the output of the last layer');
  }
  const { shape, dtype } = logits as unknown as Tensor;
  if (dtype !== 'f32' || shape.length !== 2 || shape[0] !== batch || shape[1] !== outputs) {
    const next = 'end in a linear layer of `outputs` units, which parameters(outputs) gets, and take the batch from x.shape[0]';
    refuse('forward', `${formatShape(shape)}${dtype === 'f32' ? '' : ` ${dtype}`}`, expected, next);
  }
  const loss = crossEntropy(logits as unknown as Tensor, graph.input('labels', [batch], 'u32'));
  within(subject, 'forward', 'ops with gradients', () => differentiate(graph, [...graph.nodes], loss, parameters));
}

const CONTRACT = 'a function ({ channels, height, width }) => ({ name, parameters(outputs), forward })';

/**
 * A model of the user's, made for images of a size, and tried out: traced for batches of 1 and 3 and differentiated, with heads of 1 output and of the
 * natural classes. `forward` and `parameters` of what returns say what they miss.
 * @param factory what the module exports: `({ channels, height, width }) => ({ name, parameters(outputs), forward(p, { x }), head? })`
 * @param subject names the module in messages
 * @throws InputError naming the part that does not fit, with the user's line where one is known
 */
export function makeModel(factory: unknown, { channels, height, width, classes }: Omit<ImageFacts, 'name'>, subject = 'model'): ModelSpec {
  const refuse: Refuse = (part, got, expected, next) => {
    throw new InputError({ subject: `${subject}: ${part}`, got, expected, next });
  };
  if (typeof factory !== 'function') return refuse('default export', kindOf(factory), CONTRACT, 'export such a function as default');
  const input = { channels, height, width };
  const made: unknown = within(subject, 'default export', CONTRACT, () => factory({ ...input }));
  if (made instanceof Promise || !isObject(made)) {
    return refuse(
      'default export',
      `a function that returns ${made instanceof Promise ? 'a promise' : kindOf(made)}`,
      CONTRACT,
      'return that object',
    );
  }
  const { name, parameters, forward, head } = made;
  if (typeof name !== 'string' || !MODEL_NAME.test(name)) {
    return refuse('name', kindOf(name), 'letters, digits, dots, dashes and underscores, 64 at most', 'write e.g. name: "my-net"');
  }
  if (Object.hasOwn(builtInModels, name)) refuse('name', name, 'another name than a built-in model’s', 'write e.g. name: "my-net"');
  if (typeof parameters !== 'function')
    return refuse('parameters', kindOf(parameters), 'a function (outputs) => parameters', 'see docs/your-own-model.md');
  if (typeof forward !== 'function')
    return refuse('forward', kindOf(forward), 'a function (p, { x }) => logits', 'see docs/your-own-model.md');
  if (head !== undefined && (typeof head !== 'string' || head === '')) {
    return refuse(
      'head',
      kindOf(head),
      'what the names of the last layer’s parameters begin with, e.g. "fc"',
      'leave it away, or name that layer',
    );
  }
  const model: ModelSpec = {
    name,
    input,
    parameters: (outputs) =>
      checkedParameters(
        within(subject, 'parameters', 'a function (outputs) => parameters', () => parameters.call(made, outputs)),
        refuse,
      ),
    forward: (p, x) => within(subject, 'forward', 'a function (p, { x }) => logits', () => (forward as Model).call(made, strict(p), x)),
    ...(head === undefined ? {} : { head }),
  };
  if (head !== undefined && !Object.keys(model.parameters(classes)).some((parameter) => parameter.startsWith(`${head}.`))) {
    refuse(
      'head',
      JSON.stringify(head),
      `the first part of a parameter’s name: ${Object.keys(model.parameters(classes)).join(', ')}`,
      'name the last layer',
    );
  }
  for (const outputs of new Set([classes, 1])) for (const batch of [3, 1]) tryOut(model, batch, outputs, subject, refuse);
  return model;
}
