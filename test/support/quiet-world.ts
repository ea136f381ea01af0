import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { World } from '../../src/runner/world.ts';

export type QuietWorld = World & { readonly said: string[]; readonly warnings: string[] };

/** A world that only writes down what it is told. Its folder is the caller's to remove. */
export function quietWorld(changes: Partial<World> = {}): QuietWorld {
  const said: string[] = [];
  const warnings: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'pullgres-world-'));
  return {
    environment: {},
    workspace: folder,
    temporary: folder,
    now: () => new Date(),
    signal: new AbortController().signal,
    info: (text) => void said.push(text),
    warning: (text) => void warnings.push(text),
    debug: () => {},
    group: (_title, work) => work(),
    mask: () => {},
    annotate: () => {},
    summary: async () => {},
    output: () => {},
    saveState: () => {},
    ...changes,
    said,
    warnings,
  };
}
