/** The part of JSON Schema that `schema/bench.schema.json` uses. A keyword that is not here is an error, so that nothing goes unchecked. */
type Schema = Readonly<Record<string, unknown>>;

const annotations = new Set(['$schema', '$id', '$defs', 'title', 'description']);

const typeOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;

const isType = (value: unknown, type: string): boolean =>
  type === typeOf(value) || (type === 'number' && typeof value === 'number' && Number.isFinite(value));

/** Everything in `value` that breaks the schema, by its place; empty where nothing does. @throws for a keyword that is not known here */
export function violations(value: unknown, schema: Schema, root: Schema = schema, place = ''): string[] {
  const found: string[] = [];
  const complain = (what: string): void => void found.push(`${place || '/'}: ${what}`);
  const below = (item: unknown, sub: unknown, name: string | number): void =>
    void found.push(...violations(item, sub as Schema, root, `${place}/${name}`));
  const object = typeOf(value) === 'object' ? (value as Record<string, unknown>) : undefined;
  for (const [keyword, rule] of Object.entries(schema)) {
    if (annotations.has(keyword)) continue;
    if (keyword === '$ref') {
      const target = (rule as string)
        .slice(2)
        .split('/')
        .reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], root);
      found.push(...violations(value, target as Schema, root, place));
    } else if (keyword === 'type') {
      if (!isType(value, rule as string)) complain(`is ${typeOf(value)}, not ${rule}`);
    } else if (keyword === 'const') {
      if (value !== rule) complain(`is ${JSON.stringify(value)}, not ${JSON.stringify(rule)}`);
    } else if (keyword === 'minimum') {
      if (typeof value === 'number' && !(value >= (rule as number))) complain(`is ${value}, below ${rule}`);
    } else if (keyword === 'pattern') {
      if (typeof value === 'string' && !new RegExp(rule as string).test(value)) complain(`${value} does not match ${rule}`);
    } else if (keyword === 'minItems') {
      if (Array.isArray(value) && value.length < (rule as number)) complain(`has ${value.length} items`);
    } else if (keyword === 'items') {
      for (const [i, item] of Array.isArray(value) ? value.entries() : []) below(item, rule, i);
    } else if (keyword === 'required') {
      for (const name of rule as string[]) if (object && !(name in object)) complain(`lacks ${name}`);
    } else if (keyword === 'properties') {
      for (const [name, sub] of Object.entries(rule as Schema)) if (object && name in object) below(object[name], sub, name);
    } else if (keyword === 'additionalProperties') {
      const named = Object.keys((schema.properties ?? {}) as Schema);
      for (const [name, item] of Object.entries(object ?? {}).filter(([key]) => !named.includes(key))) {
        if (rule === false) complain(`has ${name}`);
        else below(item, rule, name);
      }
    } else if (keyword === 'anyOf') {
      const all = (rule as Schema[]).map((sub) => violations(value, sub, root, place));
      if (all.every((one) => one.length > 0)) found.push(...all[0]!);
    } else throw new Error(`schema keyword ${keyword} is not known`);
  }
  return found;
}
