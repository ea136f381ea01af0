import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as core from '@actions/core';
import { UserError } from '../errors.ts';
import { type Annotations, createAnnotations } from './annotations.ts';
import { createRedaction, type Redaction } from './redaction.ts';
import type { World } from './world.ts';

/** GitHub drops a longer summary whole (actions/runner, FileCommandManager.cs). Bytes. */
export const SUMMARY_LIMIT = 1024 * 1024;

/** A world whose annotations can be closed; only `runAction` needs more than `World`. */
export type ActionsWorld = World & Pick<Annotations, 'say' | 'tellDropped'>;

/** What an earlier script of this action saved, for its post step; undefined when nothing was. */
export function savedState(name: string): string | undefined {
  return core.getState(name) || undefined;
}

function abortOnSignals(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => controller.abort(new DOMException(`Cancelled by ${name}`, 'AbortError')));
  return controller.signal;
}

function makeTemporary(environment: World['environment']): string {
  const root = environment.RUNNER_TEMP;
  if (root === undefined || root === '')
    throw new UserError('RUNNER_TEMP is not set, so there is no folder for temporary files.', {
      hint: 'Actions run in a GitHub runner. In a terminal, use the pullgres command instead.',
    });
  const folder = join(root, 'pullgres');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  return folder;
}

async function appendSummary(path: string, markdown: string): Promise<void> {
  const text = markdown.endsWith('\n') ? markdown : `${markdown}\n`;
  const bytes = statSync(path).size + Buffer.byteLength(text);
  if (bytes > SUMMARY_LIMIT)
    throw new UserError(
      `The job summary would have ${bytes.toLocaleString('en')} bytes; GitHub shows none over 1 MiB (1,048,576 bytes).`,
      { hint: 'Shorten what this step writes to the summary.' },
    );
  await appendFile(path, text);
}

/** Groups do not nest on GitHub: an inner one is a plain line. */
function createGroup(redaction: Redaction): World['group'] {
  let open = false;
  return async (title, work) => {
    const line = redaction.printableLine(title);
    if (open) {
      core.info(line);
      return await work();
    }
    open = true;
    core.startGroup(line);
    try {
      return await work();
    } finally {
      open = false;
      core.endGroup();
    }
  };
}

/**
 * The world of a GitHub runner. What is printed is inert, and registered secrets are starred out here already,
 * besides the runner's own masking. `temporary` is made (0700) when first asked for; throws UserError without
 * RUNNER_TEMP. A missing file for summary, output or state is told as a debug line, never an error.
 */
export function createActionsWorld(): ActionsWorld {
  const environment = process.env;
  const redaction = createRedaction();
  const annotations = createAnnotations(redaction);
  const debug = (text: string) => core.debug(redaction.printable(text));
  let temporary: string | undefined;

  const fileOf = (kind: 'STEP_SUMMARY' | 'OUTPUT' | 'STATE', what: string): string | undefined => {
    const path = environment[`GITHUB_${kind}`];
    if (path !== undefined && path !== '' && existsSync(path)) return path;
    debug(`There is no file for GITHUB_${kind}, so ${what} is not kept.`);
    return undefined;
  };

  return {
    environment,
    workspace: environment.GITHUB_WORKSPACE || process.cwd(),
    get temporary() {
      temporary ??= makeTemporary(environment);
      return temporary;
    },
    now: () => new Date(),
    signal: abortOnSignals(),
    info: (text) => core.info(redaction.printable(text)),
    warning: (text) => annotations.say('warning', text),
    debug,
    group: createGroup(redaction),
    mask: (secret) => {
      for (const form of redaction.add(secret.reveal())) core.setSecret(form);
    },
    summary: async (markdown) => {
      const path = fileOf('STEP_SUMMARY', 'the summary');
      if (path !== undefined) await appendSummary(path, redaction.stars(markdown));
    },
    output: (name, value) => {
      if (fileOf('OUTPUT', `the output ${name}`) !== undefined) core.setOutput(name, value);
    },
    saveState: (name, value) => {
      if (fileOf('STATE', `the state ${name}`) !== undefined) core.saveState(name, value);
    },
    ...annotations,
  };
}
