/**
 * Makes test/support/github-openapi.json: the part of GitHub's own API description that the fake GitHub is held
 * to, as plain JSON Schema without prose. Packs @octokit/openapi into a temporary folder (it is 150 MB, so it is no
 * dependency), or reads the api.github.com.json given as the first argument:
 *
 *   node scripts/github-openapi-slice.ts [path/to/api.github.com.json]
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const PACKAGE = '@octokit/openapi@23.0.2';
const support = join(import.meta.dirname, '..', 'test', 'support');

const OPERATIONS = [
  'actions/download-artifact',
  'actions/get-workflow-run',
  'actions/list-workflow-run-artifacts',
  'checks/create',
  'checks/list-for-ref',
  'checks/update',
  'issues/create',
  'issues/create-comment',
  'issues/delete-comment',
  'issues/get-comment',
  'issues/list-comments',
  'issues/list-for-repo',
  'issues/update',
  'issues/update-comment',
  'pulls/create-review',
  'pulls/get',
  'pulls/list',
  'pulls/list-files',
  'pulls/list-review-comments',
  'repos/create-commit-status',
  'repos/get-combined-status-for-ref',
  'repos/get-content',
  'users/get-authenticated',
];

const WEBHOOKS = [
  'merge-group-checks-requested',
  'merge-group-destroyed',
  'pull-request-closed',
  'pull-request-labeled',
  'pull-request-opened',
  'pull-request-ready-for-review',
  'pull-request-reopened',
  'pull-request-synchronize',
  'push',
  'workflow-dispatch',
  'workflow-run-completed',
];

/**
 * Where the description is stricter than GitHub: `head.repo` is null once the fork is deleted (the description says so
 * for "webhooks" of some actions only).
 */
const HEADS = [
  ['pull-request'],
  ['pull-request-simple'],
  ['webhook-pull-request-synchronize', 'properties', 'pull_request'],
];

/** Prose, examples and OpenAPI's own keywords: they check nothing. */
const DROPPED = new Set([
  'description',
  'summary',
  'title',
  'example',
  'examples',
  'default',
  'deprecated',
  'externalDocs',
  'discriminator',
  'readOnly',
]);

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Tree = { [key: string]: Json };
type Description = { paths: Tree; 'x-webhooks': Tree; components: Tree };

const tree = (value: Json | undefined): Tree => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('not an object');
  return value;
};

function main(given: string | undefined): void {
  const folder = mkdtempSync(join(tmpdir(), 'github-openapi-'));
  try {
    const path = given ?? fetchDescription(folder);
    const slice = makeSlice(JSON.parse(readFileSync(path, 'utf8')));
    writeFileSync(join(support, 'github-openapi.json'), `${JSON.stringify(slice, null, 1)}\n`);
    const notice = join(dirname(path), '..', 'LICENSE');
    if (existsSync(notice)) copyFileSync(notice, join(support, 'github-openapi.LICENSE'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function fetchDescription(folder: string): string {
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder, PACKAGE]);
  execFileSync('tar', ['xzf', join(folder, packed.toString().trim()), '-C', folder]);
  return join(folder, 'package', 'generated', 'api.github.com.json');
}

function makeSlice(description: Description): Tree {
  const schemas: Tree = {};
  const convert = converter(description, schemas);
  const operations = OPERATIONS.map((id) => [id, operation(description, id, convert)]);
  const webhooks = WEBHOOKS.map((name) => {
    const request = tree(tree(tree(description['x-webhooks'][name]).post).requestBody);
    return [name, convert(jsonSchema(request) ?? {})];
  });
  for (const path of HEADS) allowNullRepository(path.reduce((value, key) => tree(value[key]), schemas));
  return {
    source: `${PACKAGE}, generated/api.github.com.json (MIT, see github-openapi.LICENSE); made by scripts/github-openapi-slice.ts`,
    operations: Object.fromEntries(operations),
    webhooks: Object.fromEntries(webhooks),
    schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function allowNullRepository(pull: Tree): void {
  const head = tree(tree(tree(pull.properties).head).properties);
  head.repo = { anyOf: [head.repo ?? {}, { type: 'null' }] };
}

type Convert = (value: Json) => Json;

function operation(description: Description, id: string, convert: Convert): Tree {
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const [method, candidate] of Object.entries(tree(methods))) {
      const found = tree(candidate);
      if (found.operationId !== id) continue;
      const body = found.requestBody === undefined ? undefined : jsonSchema(tree(found.requestBody));
      return {
        method: method.toUpperCase(),
        path,
        parameters: parameters(description, found.parameters ?? [], convert),
        ...(body === undefined ? {} : { body: convert(body) }),
        responses: responses(description, tree(found.responses), convert),
      };
    }
  }
  throw new Error(`${PACKAGE} has no operation ${id}`);
}

function parameters(description: Description, list: Json, convert: Convert): Json {
  return (list as Json[]).map((entry) => {
    const { name, in: place, required, schema } = resolve(description, tree(entry));
    return {
      name: name ?? '',
      in: place ?? '',
      required: required ?? false,
      schema: convert(schema ?? {}),
    };
  });
}

function responses(description: Description, table: Tree, convert: Convert): Tree {
  const entries = Object.entries(table).map(([status, response]) => {
    const schema = jsonSchema(resolve(description, tree(response)));
    return [status, schema === undefined ? null : convert(schema)];
  });
  return Object.fromEntries(entries);
}

function jsonSchema(holder: Tree): Json | undefined {
  const content = tree(holder.content ?? {})['application/json'];
  return content === undefined ? undefined : tree(content).schema;
}

function resolve(description: Description, value: Tree): Tree {
  return typeof value.$ref === 'string' ? tree(at(description, value.$ref)) : value;
}

function at(description: Description, reference: string): Json {
  return reference
    .split('/')
    .slice(1)
    .reduce<Json>((value, key) => tree(value)[key] ?? null, description as unknown as Tree);
}

/** Copies a schema, collecting the component schemas that it refers to. */
function converter(description: Description, schemas: Tree): Convert {
  const convert = (value: Json, names = false): Json => {
    if (Array.isArray(value)) return value.map((entry) => convert(entry));
    if (typeof value !== 'object' || value === null) return value;
    if (typeof value.$ref === 'string') return reference(value.$ref);
    const kept = Object.entries(value).filter(
      ([key]) => names || !(DROPPED.has(key) || key.startsWith('x-')),
    );
    // Below `properties` keys are names of fields, `description` among them.
    const copy = Object.fromEntries(
      kept.map(([key, entry]) => [key, convert(entry, !names && key === 'properties')]),
    );
    return names ? copy : withNull(copy);
  };
  const reference = (path: string): Tree => {
    const name = path.split('/').at(-1) ?? '';
    if (!Object.hasOwn(schemas, name)) {
      schemas[name] = null;
      schemas[name] = convert(at(description, path));
    }
    return { $ref: `#/schemas/${name}` };
  };
  return convert;
}

/** OpenAPI 3.0 writes `nullable: true`, JSON Schema a type of its own. */
function withNull({ nullable, ...schema }: Tree): Tree {
  if (nullable !== true) return schema;
  if (schema.type === undefined) return { anyOf: [schema, { type: 'null' }] };
  const type = [schema.type, 'null'];
  return Array.isArray(schema.enum) ? { ...schema, type, enum: [...schema.enum, null] } : { ...schema, type };
}

main(process.argv[2]);
