import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { actionNames } from '../src/actions/names.ts';
import { actions } from '../src/actions/run-named.ts';
import { describeInputs } from '../src/runner/inputs.ts';

const root = join(import.meta.dirname, '..');

type Manifest = {
  inputs: Record<string, { description: string; required: boolean; default?: string }>;
  outputs: Record<string, { description: string }>;
  runs: { using: string; main: string; post?: string };
  branding: { icon: string };
};

function readManifest(name: string): { manifest: Manifest; folder: string } {
  const folder = name === 'pullgres' ? root : join(root, 'actions', name);
  return { manifest: parse(readFileSync(join(folder, 'action.yml'), 'utf8')), folder };
}

for (const name of actionNames) {
  const { manifest, folder } = readManifest(name);

  test(`${name}: action.yml and the schema declare the same inputs, defaults and words`, () => {
    const declared = Object.entries(manifest.inputs).map(
      ([input, { description, required, default: text }]) => ({
        name: input,
        description,
        required,
        default: text,
      }),
    );
    const described = describeInputs(actions[name].inputs).map(
      ({ name: input, description, required, default: text }) => ({
        name: input,
        description,
        required,
        default: text,
      }),
    );
    assert.ok(described.length > 0);
    assert.deepEqual(declared, described);
  });

  test(`${name}: action.yml and the code declare the same outputs`, () => {
    const declared = Object.entries(manifest.outputs).map(([output, { description }]) => [
      output,
      description,
    ]);
    assert.deepEqual(declared, Object.entries(actions[name].outputs));
  });

  test(`${name}: runs its own bundle on node24`, () => {
    assert.equal(manifest.runs.using, 'node24');
    assert.equal(join(folder, manifest.runs.main), join(root, 'dist', `${name}.mjs`));
    assert.equal(manifest.branding.icon, 'database');
    assert.equal(manifest.runs.post !== undefined, actions[name].post, 'post step');
  });

  test(`${name}: input names are kebab-case`, () => {
    for (const input of Object.keys(manifest.inputs)) assert.match(input, /^[a-z]+(-[a-z]+)*$/);
  });
}
