// What the adapter is: kind, driver, features, every limit, subgroup matrices. Opens a device, so that nothing later can surprise.
import { listAdapters, openDevice } from '@kindling/device';
import { answer } from './answer.mjs';

const limitsOf = (limits) => {
  const names = new Set();
  for (let at = limits; at && at !== Object.prototype; at = Object.getPrototypeOf(at))
    for (const name of Object.getOwnPropertyNames(at)) names.add(name);
  return Object.fromEntries([...names].sort().flatMap((name) => (typeof limits[name] === 'number' ? [[name, limits[name]]] : [])));
};

/** `subgroupMatrixConfigs` as plain JSON; null where the implementation does not tell. */
const matricesOf = ({ subgroupMatrixConfigs: configs }) =>
  configs ? [...configs].map(({ componentType, resultComponentType, M, N, K }) => ({ componentType, resultComponentType, M, N, K })) : null;

await answer(async ({ adapter }) => {
  const survey = await listAdapters({ adapter });
  const device = await openDevice({ adapter, notice: () => undefined });
  const { gpu, info, traits } = device;
  const result = {
    adapter: info,
    subgroupSizes: [gpu.adapterInfo.subgroupMinSize ?? null, gpu.adapterInfo.subgroupMaxSize ?? null],
    subgroupMatrixConfigs: matricesOf(gpu.adapterInfo),
    features: [...gpu.features].sort(),
    limits: limitsOf(gpu.limits),
    traits,
    found: survey.adapters.map(({ kind, name, driver, features, chosen }) => ({ kind, name, driver, features, chosen })),
    problems: survey.problems,
  };
  device.destroy();
  return result;
});
