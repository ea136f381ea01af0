import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';

/** One import of a source file. `to` is a path below `src/`, or a package as it is written. */
export type Import = {
  readonly from: string;
  readonly to: string;
  readonly kind: 'file' | 'package';
  /** Erased before the code runs: vocabulary, not work. */
  readonly typeOnly: boolean;
};

export type Source = { readonly path: string; readonly text: string };

/** Every TypeScript file below the directory, paths relative to it. */
export async function readSources(directory: string): Promise<readonly Source[]> {
  const entries = await readdir(directory, { recursive: true });
  const paths = entries.filter((path) => path.endsWith('.ts')).sort();
  return Promise.all(
    paths.map(async (path) => ({ path, text: await readFile(join(directory, path), 'utf8') })),
  );
}

const STATEMENT = /^(?:import|export)\b(\s+type\b)?[^;'"]*?\bfrom\s+['"]([^'"]+)['"]/gm;
const BARE = /^import\s+['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]/g;

/** The imports of one file. The formatter keeps each statement at a line's start, so that no parser is needed. */
export function importsOf({ path, text }: Source): readonly Import[] {
  const found = [
    ...[...text.matchAll(STATEMENT)].map(([, type, to]) => ({ to, typeOnly: type !== undefined })),
    ...[...text.matchAll(BARE), ...text.matchAll(DYNAMIC)].map(([, to]) => ({ to, typeOnly: false })),
  ];
  return found.map(({ to = '', typeOnly }) => {
    const isFile = to.startsWith('.');
    const target = isFile ? normalize(join(dirname(path), to)) : to;
    return { from: path, to: target, kind: isFile ? 'file' : 'package', typeOnly } as const;
  });
}

/** The room of a path below `src/`, undefined for a file that stands above the rooms. */
export function roomOf(path: string): string | undefined {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : undefined;
}

/** The rooms of one cycle in order, the first repeated at the end; undefined when there is none. */
export function findCycle(imports: readonly Import[]): readonly string[] | undefined {
  const arrows = roomArrows(imports);
  const done = new Set<string>();
  const visit = (room: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(room)) return [...path.slice(path.indexOf(room)), room];
    if (done.has(room)) return undefined;
    for (const next of arrows.get(room) ?? []) {
      const cycle = visit(next, [...path, room]);
      if (cycle !== undefined) return cycle;
    }
    done.add(room);
    return undefined;
  };
  return [...arrows.keys()].map((room) => visit(room, [])).find((cycle) => cycle !== undefined);
}

function roomArrows(imports: readonly Import[]): ReadonlyMap<string, ReadonlySet<string>> {
  const arrows = new Map<string, Set<string>>();
  for (const { from, to, kind } of imports) {
    const [room, target] = [roomOf(from), roomOf(to)];
    if (kind !== 'file' || room === undefined || target === undefined || room === target) continue;
    arrows.set(room, (arrows.get(room) ?? new Set()).add(target));
  }
  return arrows;
}
