import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

type Parameter = {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  readonly schema: { readonly type?: string };
};

type Operation = {
  readonly method: string;
  /** As GitHub writes it: `/repos/{owner}/{repo}/pulls`. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body?: { readonly properties?: Readonly<Record<string, unknown>> };
  /** By status; null has no body. */
  readonly responses: Readonly<Record<string, unknown>>;
};

type Slice = {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly webhooks: Readonly<Record<string, unknown>>;
};

const slice: Slice = JSON.parse(readFileSync(join(import.meta.dirname, 'github-openapi.json'), 'utf8'));
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
formats.default(ajv);
ajv.addSchema(slice, 'github');

const validators = new Map<string, ValidateFunction>();

/** Complaints of the schema at `pointer` of the slice, none when `value` is right. */
function complaints(pointer: readonly string[], value: unknown): string[] {
  const path = pointer
    .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
    .join('/');
  const validate = validators.get(path) ?? ajv.compile({ $ref: `github#/${path}` });
  validators.set(path, validate);
  if (validate(value)) return [];
  return (validate.errors ?? []).map((error) => `${error.instancePath || '/'} ${error.message}`);
}

export type Match = { readonly operation: string; readonly parameters: Readonly<Record<string, string>> };

const routes = Object.entries(slice.operations).map(([operation, { method, path }]) => {
  // Only a file's path may hold slashes.
  const pattern = path.replace(/\{(\w+)\}/g, (_, name) => `(?<${name}>${name === 'path' ? '.+' : '[^/]+'})`);
  return { operation, method, pattern: new RegExp(`^${pattern}$`) };
});

/** Which operation a request calls, with the path's parameters decoded. */
export function matchOperation(method: string, path: string): Match | undefined {
  for (const route of routes) {
    const match = route.method === method ? route.pattern.exec(path) : null;
    if (match === null) continue;
    const entries = Object.entries(match.groups ?? {}).map(([key, text]) => [key, decodeURIComponent(text)]);
    return { operation: route.operation, parameters: Object.fromEntries(entries) };
  }
  return undefined;
}

/** What GitHub's description has against a request. Unknown query parameters and body fields count: they are typing errors. */
export function requestProblems(match: Match, query: URLSearchParams, body: unknown): string[] {
  const operation = slice.operations[match.operation];
  if (operation === undefined) return [`unknown operation ${match.operation}`];
  return [...parameterProblems(match, operation, query), ...bodyProblems(match.operation, operation, body)];
}

function parameterProblems(match: Match, operation: Operation, query: URLSearchParams): string[] {
  const known = new Set(operation.parameters.filter((entry) => entry.in === 'query').map(({ name }) => name));
  const unknown = [...query.keys()].filter((name) => !known.has(name));
  const wrong = operation.parameters.flatMap((parameter, index) => {
    const text = parameter.in === 'path' ? match.parameters[parameter.name] : query.get(parameter.name);
    if (text === undefined || text === null)
      return parameter.required ? [`parameter ${parameter.name} is missing`] : [];
    const value = parameter.schema.type === 'integer' && /^\d+$/.test(text) ? Number(text) : text;
    const found = complaints(['operations', match.operation, 'parameters', String(index), 'schema'], value);
    return found.map((complaint) => `parameter ${parameter.name}: ${complaint}`);
  });
  return [...unknown.map((name) => `query parameter ${name} is unknown`), ...wrong];
}

function bodyProblems(id: string, operation: Operation, body: unknown): string[] {
  if (operation.body === undefined) return body === undefined ? [] : ['a body where none belongs'];
  const known = operation.body.properties ?? {};
  const keys = typeof body === 'object' && body !== null ? Object.keys(body) : [];
  const unknown = keys
    .filter((key) => !Object.hasOwn(known, key))
    .map((key) => `body field ${key} is unknown`);
  return [...unknown, ...complaints(['operations', id, 'body'], body).map((text) => `body: ${text}`)];
}

/** What GitHub's description has against a response. It leaves most refusals out, so those need only be an error's shape. */
export function responseProblems(id: string, status: number, body: unknown): string[] {
  const described = slice.operations[id]?.responses ?? {};
  const schema = described[String(status)];
  if (schema === undefined) {
    return status >= 400
      ? complaints(['schemas', 'basic-error'], body)
      : [`status ${status} is not described`];
  }
  if (schema === null) return body === undefined ? [] : ['a body where none belongs'];
  return complaints(['operations', id, 'responses', String(status)], body);
}

/** What GitHub's description has against an event's payload; `name` as in `pull-request-opened`. */
export function webhookProblems(name: string, payload: unknown): string[] {
  return complaints(['webhooks', name], payload);
}
