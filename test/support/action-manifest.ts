import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const manifestSchema = z.object({
  inputs: z
    .record(z.string(), z.object({ default: scalar.optional(), required: z.boolean().optional() }).nullable())
    .nullish(),
  outputs: z.record(z.string(), z.unknown()).nullish(),
  runs: z.object({
    using: z.literal('node24'),
    main: z.string(),
    post: z.string().optional(),
    'post-if': z.string().optional(),
    pre: z.never({ error: 'the harness plays main and post, not pre' }).optional(),
  }),
});

/** What the harness needs of an action.yml. Scripts are absolute paths; input and output names are as written. */
export type Manifest = {
  readonly inputs: readonly { readonly name: string; readonly default: string | undefined }[];
  readonly outputs: readonly string[];
  readonly main: string;
  readonly post: string | undefined;
  readonly postIf: string;
};

/** Reads `action.yml` in `folder`. Throws when it is missing or not a node24 action. */
export function readManifest(folder: string): Manifest {
  const { inputs, outputs, runs } = manifestSchema.parse(
    parse(readFileSync(join(folder, 'action.yml'), 'utf8')),
  );
  return {
    inputs: Object.entries(inputs ?? {}).map(([name, input]) => ({ name, default: input?.default })),
    outputs: Object.keys(outputs ?? {}),
    main: join(folder, runs.main),
    post: runs.post === undefined ? undefined : join(folder, runs.post),
    postIf: runs['post-if'] ?? 'always()',
  };
}

/** The environment name of an input: upper case, spaces to `_`, hyphens kept (actions/runner, Handler.cs). */
export function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`;
}

/** Names in `given` that the manifest does not declare; the runner only warns of them and passes them on. */
export function undeclaredInputs(manifest: Manifest, given: readonly string[]): string[] {
  const declared = new Set(manifest.inputs.map((input) => input.name.toLowerCase()));
  return given.filter((name) => !declared.has(name.toLowerCase()));
}
