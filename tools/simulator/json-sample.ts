import { Random } from './random';

const DEPTH_MAX = 12;
const VALUES_MAX = 10_000;
/** Below this depth only what the schema demands is made, so that recursive schemas end. */
const GENEROUS_DEPTH = 3;
const words = ['harbour', 'lantern', 'meadow', 'compass', 'orchard', 'river', 'signal', 'thread'];
const samplesByFormat: ReadonlyMap<unknown, string> = new Map(
  Object.entries({
    'date-time': '2026-03-14T09:26:53Z',
    date: '2026-03-14',
    time: '09:26:53Z',
    duration: 'PT5M',
    email: 'ada@example.com',
    hostname: 'example.com',
    ipv4: '192.0.2.10',
    ipv6: '2001:db8::10',
    uri: 'https://example.com/harbour',
    url: 'https://example.com/harbour',
    uuid: '018f6b1e-7c2a-7d3e-9f40-5a6b7c8d9e0f',
  }),
);

type Schema = Readonly<Record<string, unknown>>;

/**
 * A value that satisfies a JSON schema, the same for the same seed. Covers what tool definitions
 * use (types, enum, const, bounds, formats, local $ref, unions); not `pattern`.
 */
export function sampleOf(schema: unknown, seed: number): unknown {
  const root = isSchema(schema) ? schema : {};
  return new Sampler(root, new Random(seed)).value(root, 0);
}

class Sampler {
  #values = 0;

  constructor(
    readonly root: Schema,
    readonly random: Random,
  ) {}

  value(given: unknown, depth: number): unknown {
    this.#values += 1;
    if (!isSchema(given) || depth > DEPTH_MAX || this.#values > VALUES_MAX) return null;
    const schema = this.#resolved(given, depth);
    if ('const' in schema) return schema.const;
    if (Array.isArray(schema.enum) && schema.enum.length > 0) return this.random.pick(schema.enum);
    switch (typeOf(schema)) {
      case 'string':
        return this.#string(schema);
      case 'integer':
      case 'number':
        return this.#number(schema);
      case 'boolean':
        return this.random.next() < 0.5;
      case 'array':
        return this.#array(schema, depth);
      case 'null':
        return null;
      default:
        return this.#object(schema, depth);
    }
  }

  #resolved(schema: Schema, depth: number): Schema {
    if (depth > DEPTH_MAX) return schema;
    if (typeof schema.$ref === 'string') {
      const target = pointed(this.root, schema.$ref);
      return target === undefined ? {} : this.#resolved(target, depth + 1);
    }
    const union = [schema.anyOf, schema.oneOf].find(Array.isArray);
    const first: unknown = union?.[0];
    const parts: unknown[] = [...(Array.isArray(schema.allOf) ? schema.allOf : []), first];
    let merged: Schema = schema;
    for (const part of parts.filter(isSchema)) {
      const { anyOf, oneOf, allOf, ...rest } = this.#resolved(part, depth + 1);
      merged = {
        ...merged,
        ...rest,
        properties: { ...record(merged.properties), ...record(rest.properties) },
        required: [...list(merged.required), ...list(rest.required)],
      };
    }
    return merged;
  }

  #string(schema: Schema): string {
    const known = samplesByFormat.get(schema.format);
    let text = known ?? this.random.pick(words);
    while (text.length < (number(schema.minLength) ?? 0)) text += ` ${this.random.pick(words)}`;
    return text.slice(0, number(schema.maxLength));
  }

  #number(schema: Schema): number {
    const step = number(schema.multipleOf) ?? 1;
    const low = number(schema.minimum) ?? above(number(schema.exclusiveMinimum), step);
    const high = number(schema.maximum) ?? above(number(schema.exclusiveMaximum), -step);
    const min = low ?? (high === undefined ? 1 : Math.min(1, high));
    const max = high ?? Math.max(min, 42);
    const first = Math.ceil(min / step);
    const last = Math.floor(max / step);
    return last >= first ? this.random.between(first, last) * step : min;
  }

  #array(schema: Schema, depth: number): unknown[] {
    const max = number(schema.maxItems) ?? 2;
    const wanted = number(schema.minItems) ?? 0;
    const size = Math.max(
      Math.min(wanted, VALUES_MAX),
      depth < GENEROUS_DEPTH ? Math.min(2, max) : 0,
    );
    return Array.from({ length: size }, () => this.value(schema.items ?? {}, depth + 1));
  }

  #object(schema: Schema, depth: number): Record<string, unknown> {
    const required = new Set(list(schema.required));
    const made: Record<string, unknown> = {};
    for (const [name, property] of Object.entries(record(schema.properties))) {
      if (!required.has(name) && depth >= GENEROUS_DEPTH) continue;
      made[name] = this.value(property, depth + 1);
    }
    for (const name of required) {
      if (typeof name === 'string' && !(name in made)) made[name] = this.random.pick(words);
    }
    return made;
  }
}

function typeOf(schema: Schema): unknown {
  if (Array.isArray(schema.type)) return schema.type.find((each) => each !== 'null') ?? 'null';
  if (schema.type !== undefined) return schema.type;
  return schema.items === undefined ? 'object' : 'array';
}

function pointed(root: Schema, pointer: string): Schema | undefined {
  let at: unknown = root;
  for (const step of pointer.replace(/^#\/?/, '').split('/').filter(Boolean)) {
    at = isSchema(at) ? at[step] : undefined;
  }
  return isSchema(at) ? at : undefined;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function record(value: unknown): Schema {
  return isSchema(value) ? value : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function above(bound: number | undefined, step: number): number | undefined {
  return bound === undefined ? undefined : bound + step;
}
