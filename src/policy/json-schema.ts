import * as z from 'zod';
import { policySchema } from './schema.ts';

/** A JSON Schema, as far as the policy's own schema uses the language. */
export type JsonSchema = z.core.JSONSchema.JSONSchema;

/**
 * JSON Schema (draft-07, which YAML editors read) of `.github/pullgres.yml` as a person writes it: every key optional.
 * With rule names, `rules` takes only these.
 */
export function policyJsonSchema(ruleNames?: readonly string[]): JsonSchema {
  const schema = z.toJSONSchema(policySchema, { io: 'input', target: 'draft-7' });
  const rules = schema.properties?.rules;
  if (ruleNames && typeof rules === 'object') rules.propertyNames = { enum: [...ruleNames] };
  return {
    ...schema,
    title: 'Pullgres policy',
    description: 'What Pullgres demands of a pull request: .github/pullgres.yml, read from the base branch.',
  };
}

/** The part of the schema that describes what stands at a key path, or undefined when no such key is known. */
export function schemaAt(root: JsonSchema, path: readonly PropertyKey[]): JsonSchema | undefined {
  let at: JsonSchema | undefined = root;
  for (const step of path) {
    const next: unknown = typeof step === 'number' ? at?.items : at?.properties?.[String(step)];
    const rest: unknown = at?.additionalProperties;
    at = isSchema(next) ? next : isSchema(rest) ? rest : undefined;
  }
  return at;
}

/** The fixed values that a part of the schema takes, as they are written in YAML; empty when it takes any. */
export function allowedValues(schema: JsonSchema): readonly string[] {
  const alternatives = schema.anyOf?.flatMap((one) => (isSchema(one) ? [one.const] : []));
  const values: readonly unknown[] =
    schema.enum ?? alternatives ?? (schema.const === undefined ? [] : [schema.const]);
  return values.filter((value) => value !== undefined).map(String);
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
