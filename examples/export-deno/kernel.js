// One exported kernel: reads its folder, checks a request against its rules, and works out dispatches for any shapes.
import { environment, evaluate } from './expressions.js';

const readJson = async (path) => JSON.parse(await Deno.readTextFile(path));

export const ELEMENT_BYTES = { f32: 4, u32: 4, f16: 2 };
export const product = (list) => list.reduce((a, b) => a * b, 1);

export async function loadKernel(folder) {
  const manifest = await readJson(`${folder}/manifest.json`);
  if (manifest.format !== 'kindling-kernel' || manifest.version !== 1) throw new Error(`${folder}: no kernel package of version 1`);
  const shaders = new Map();
  return {
    folder,
    manifest,
    cases: (await readJson(`${folder}/${manifest.cases}`)).cases,
    bench: (await readJson(`${folder}/${manifest.bench}`)).bench,
    async shader(name) {
      if (!shaders.has(name)) shaders.set(name, await Deno.readTextFile(`${folder}/${name}`));
      return shaders.get(name);
    },
  };
}

/**
 * @param request {models, attrs, shapes: inputs' shapes by name, strides: inputs' strides in elements by name}
 * @returns {env, tensors} where tensors hold element, shape, parts, size of a block and stride of inputs and outputs
 * @throws when the kernel does not take the request
 */
export function plan({ manifest }, { models, attrs, shapes, strides }, adapter) {
  const values = { models, ...adapter.values };
  for (const [name, { default: fallback, choices }] of Object.entries(manifest.attributes)) {
    const value = attrs[name] ?? fallback;
    if (value === undefined) throw new Error(`attribute ${name} is missing`);
    if (choices && !choices.includes(value)) throw new Error(`attribute ${name}: got ${value}, expected one of ${choices.join(', ')}`);
    values[`attrs.${name}`] = typeof value === 'boolean' ? Number(value) : value;
  }
  for (const { name, role, optional } of manifest.tensors) {
    const shape = role === 'input' ? shapes[name] : undefined;
    values[`${name}.given`] = Number(shape !== undefined);
    values[`${name}.model_stride`] = strides[name] ?? 0;
    if (shape) values[`${name}.shape`] = shape;
    else if (role === 'input' && !optional) throw new Error(`input ${name} is missing`);
    if (shape && !shape.every((size) => Number.isInteger(size) && size >= 1)) throw new Error(`input ${name}: empty shape`);
  }
  let env = environment(values, manifest.definitions, adapter.features);
  const broken = manifest.requires.find(({ that }) => evaluate(that, env) === 0);
  if (broken) throw new Error(broken.otherwise);
  const tensors = {};
  for (const tensor of manifest.tensors) {
    const shape = tensor.role === 'input' ? shapes[tensor.name] : evaluate(tensor.shape, env);
    if (!shape) continue;
    const size = product(shape) * evaluate(tensor.parts, env);
    if (tensor.role === 'output') {
      values[`${tensor.name}.shape`] = shape;
      values[`${tensor.name}.model_stride`] = size;
      values[`${tensor.name}.given`] = 1;
    }
    const stride = tensor.per_model ? values[`${tensor.name}.model_stride`] : 0;
    const blocks = tensor.per_model && (tensor.role === 'output' || stride > 0) ? models : 1;
    tensors[tensor.name] = {
      ...tensor,
      element: evaluate(tensor.element, env),
      shape,
      parts: evaluate(tensor.parts, env),
      blocks,
      stride: blocks > 1 ? stride : size,
      elements: blocks > 1 ? (blocks - 1) * stride + size : size,
      written: evaluate(tensor.written, env) !== 0,
    };
  }
  env = environment(values, manifest.definitions, adapter.features);
  return { env, values, tensors };
}

/** Variants that this request and adapter allow, the one that the manifest would choose first. */
export function allowedVariants({ manifest }, { env }, { features, device }) {
  const { limits } = device;
  const fits = (steps) =>
    steps.every((step) =>
      'variable' in step
        ? fits(step.passes)
        : step.limits.storage_buffers <= limits.maxStorageBuffersPerShaderStage &&
          step.limits.workgroup_invocations <= limits.maxComputeInvocationsPerWorkgroup &&
          step.limits.workgroup_bytes <= limits.maxComputeWorkgroupStorageSize,
    );
  const names = manifest.variants
    .filter((variant) => variant.features.every((name) => features.has(name)))
    .filter((variant) => variant.needs.every(({ that }) => evaluate(that, env) !== 0))
    .filter((variant) => fits(variant.passes))
    .map(({ name }) => name);
  const first = manifest.choose.find(({ when, variant }) => names.includes(variant) && evaluate(when, env) !== 0)?.variant;
  return [first, ...names.filter((name) => name !== first)].filter(Boolean);
}

/** The dispatches of one variant, loops unrolled: shader, constants, uniform bytes, bindings by tensor, workgroups. */
export function dispatches({ manifest }, { values }, variant, features) {
  const found = [];
  const walk = (steps, more) => {
    for (const step of steps) {
      const env = environment(values, manifest.definitions, features, more);
      if ('variable' in step) {
        for (const value of evaluate(step.values, env)) walk(step.passes, { ...more, [step.variable]: value });
        continue;
      }
      if (step.when !== undefined && evaluate(step.when, env) === 0) continue;
      const counted =
        step.count === undefined ? env : environment(values, manifest.definitions, features, { ...more, count: evaluate(step.count, env) });
      found.push({
        shader: step.shader,
        entryPoint: step.entry_point,
        constants: Object.fromEntries(Object.entries(step.constants).map(([name, text]) => [name, evaluate(text, env)])),
        uniform: step.uniform && uniformBytes(step.uniform, env),
        bindings: step.bindings.map(({ index, tensor, instead, access }) => ({
          index,
          access,
          tensor: tensor !== undefined && instead !== undefined && values[`${tensor}.given`] === 0 ? instead : tensor,
        })),
        workgroups: step.workgroups.map((text) => evaluate(text, counted)),
      });
    }
  };
  walk(manifest.variants.find(({ name }) => name === variant).passes, {});
  return found;
}

function uniformBytes({ bytes, fields }, env) {
  const view = new DataView(new ArrayBuffer(bytes));
  for (const { type, offset, value } of fields) {
    const number = evaluate(value, env);
    if (type === 'f32') view.setFloat32(offset, number, true);
    else if (type === 'i32') view.setInt32(offset, number, true);
    else view.setUint32(offset, number, true);
  }
  return new Uint8Array(view.buffer);
}
