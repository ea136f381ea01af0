import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import formatsPlugin from 'ajv-formats';

/** The official schema is of draft 4, of which it uses nothing that later drafts read otherwise but `id`. */
export function officialSarif() {
  const path = join(import.meta.dirname, 'sarif-schema-2.1.0.json');
  const { $schema: _, id: __, ...schema } = JSON.parse(readFileSync(path, 'utf8'));
  const ajv = new Ajv({ strict: false, allErrors: true });
  formatsPlugin.default(ajv);
  return ajv.compile(schema);
}
