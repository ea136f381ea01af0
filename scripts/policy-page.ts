import { allowedValues, type JsonSchema, policyJsonSchema } from '../src/policy/json-schema.ts';

/** One key of the policy as its page shows it. */
export type PolicyKey = {
  readonly key: string;
  readonly type: string;
  readonly fallback: string;
  readonly meaning: string;
};

const HEAD = `# The policy, key by key

\`.github/pullgres.yml\` says what Pullgres demands of a pull request. \`pullgres init\` writes a first one.

- On a pull request it is read from the **base branch**: what a pull request writes into it counts after the merge.
- Every key may be left out. A key that is not in this table is refused, with its line and the nearest name.
- \`[]\` after a name means a list, and \`<name>\` any name. A time is a number and a unit: 500ms, 30s, 10m, 72h, 14d.
- Editors complete and check it by [policy.schema.json](policy.schema.json): begin the file with
  \`# yaml-language-server: $schema=https://raw.githubusercontent.com/pullgres/pullgres/v1/docs/policy.schema.json\`

This page is made from the schema by which the file is read (\`npm run docs\`).
`;

/** docs/policy.md. */
export function policyPage(): string {
  const rows = policyKeys().map(
    ({ key, type, fallback, meaning }) =>
      `| \`${key}\` | ${cell(type)} | ${fallback === '' ? '' : `\`${cell(fallback)}\``} | ${cell(meaning)} |`,
  );
  return [HEAD, '| key | type | default | what it means |', '| --- | --- | --- | --- |', ...rows, ''].join(
    '\n',
  );
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** Every key in the order of the schema; a section stands before its keys. */
export function policyKeys(schema: JsonSchema = policyJsonSchema(), prefix = ''): readonly PolicyKey[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    if (typeof property !== 'object') return [];
    const key = prefix === '' ? name : `${prefix}.${name}`;
    const own = {
      key,
      type: typeWords(property),
      fallback: fallbackOf(property),
      meaning: property.description ?? '',
    };
    return [own, ...below(property, key)];
  });
}

function below(property: JsonSchema, key: string): readonly PolicyKey[] {
  const { items, additionalProperties: any } = property;
  if (isSchema(items)) return policyKeys(items, `${key}[]`);
  if (isSchema(any) && any.properties) return policyKeys(any, `${key}.<name>`);
  return policyKeys(property, key);
}

function typeWords(schema: JsonSchema): string {
  const values = allowedValues(schema);
  if (
    values.length > 0 &&
    !schema.anyOf?.some((one) => typeof one === 'object' && one.const === undefined && !one.enum)
  ) {
    return values.map((value) => `\`${value}\``).join(', ');
  }
  if (schema.anyOf) {
    return schema.anyOf.map((one) => (isSchema(one) ? typeWords(one) : 'anything')).join(' or ');
  }
  if (schema.type === 'array') {
    return `list of ${isSchema(schema.items) ? plural(typeWords(schema.items)) : 'values'}`;
  }
  if (schema.type === 'object') return schema.properties ? 'section' : `names with ${named(schema)}`;
  return scalarWords(schema);
}

function named({ additionalProperties: any }: JsonSchema): string {
  return isSchema(any) ? plural(typeWords(any)) : 'values';
}

/** Times and sizes are told by the end of their pattern. */
function scalarWords({ type, pattern, format, minimum, maximum }: JsonSchema): string {
  if (pattern?.endsWith('(ms|s|m|h|d)$')) return 'time';
  if (pattern?.endsWith('(kB|MB|GB|TB)$')) return 'size';
  if (format === 'date') return 'date';
  if (type === 'string') return 'text';
  if (type === 'boolean') return 'true or false';
  const bounded = minimum !== undefined && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  return bounded ? `number, ${minimum} to ${maximum}` : 'number';
}

const PLURALS: Readonly<Record<string, string>> = {
  section: 'sections',
  text: 'texts',
  time: 'times',
  number: 'numbers',
};
const plural = (words: string): string => PLURALS[words] ?? words;

function fallbackOf({ default: value, properties }: JsonSchema): string {
  if (value === undefined || properties !== undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value).replaceAll(',', ', ').replaceAll('"', '');
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
