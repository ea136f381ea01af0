import * as z from 'zod';
import { profileSchema } from './schema.ts';

/** JSON Schema (draft-07, which YAML editors read) of `.github/masking.yml` as a person writes it. */
export function maskingJsonSchema(): z.core.JSONSchema.JSONSchema {
  const schema = z.toJSONSchema(profileSchema, { io: 'input', target: 'draft-7' });
  return {
    ...schema,
    title: 'Pullgres masking profile',
    description: 'What becomes of each column when a masked baseline is made: .github/masking.yml.',
  };
}
