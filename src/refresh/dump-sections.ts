import { type ClientTools, findClientTools } from '../postgres/client-tools.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { runClientTool } from '../postgres/run-client-tool.ts';
import type { Sections } from './source.ts';

export type DumpSections = {
  readonly facts: ConnectionFacts;
  /** Undefined for a database that nobody else uses. */
  readonly snapshot: string | undefined;
  /** The server's major version. */
  readonly version: number;
  /** The folder of pg_dump. */
  readonly clientTools?: string | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** How long pg_dump waits for a table that somebody holds, in milliseconds. */
const LOCK_WAIT_MS = 10_000;

/**
 * The schema before and after the rows, as pg_dump writes it at the snapshot, both at once. Without owners and
 * privileges: production's roles are not on the branch server, and a branch gives its own role what it needs. Never
 * with statistics, which hold values. Comments and security labels are in it; the scrub decides about them.
 * @throws UserError when pg_dump is missing or too old, with what to install; ProviderError when it fails.
 */
export async function dumpSections(request: DumpSections): Promise<Sections> {
  const { version, clientTools } = request;
  const tools = await findClientTools({ atLeast: version, directory: clientTools });
  const [preData, postData] = await Promise.all(
    (['pre-data', 'post-data'] as const).map((section) => dumpSection(tools, section, request)),
  );
  return { preData: preData ?? '', postData: postData ?? '' };
}

async function dumpSection(
  tools: ClientTools,
  section: 'pre-data' | 'post-data',
  request: DumpSections,
): Promise<string> {
  const { facts, snapshot, signal } = request;
  const text = await runClientTool({
    program: tools.pgDump,
    args: [
      // After the rows materialized views are filled, in the order of what they read: --schema-only would leave that out.
      ...(section === 'pre-data' ? ['--schema-only'] : []),
      `--section=${section}`,
      ...(snapshot === undefined ? [] : [`--snapshot=${snapshot}`]),
      '--no-owner',
      '--no-privileges',
      '--no-password',
      '--encoding=UTF8',
      `--lock-wait-timeout=${LOCK_WAIT_MS}`,
      ...(tools.version >= 18 ? ['--no-statistics'] : []),
    ],
    facts,
    signal,
  });
  return withoutRestrict(text);
}

/**
 * Without the lines that lock psql up against its own commands (pg_dump since the releases of August 2025). Their key
 * is random, so that no line of a function's body can look like one of them.
 */
export function withoutRestrict(text: string): string {
  const key = /^\\restrict ([A-Za-z0-9]+)$/m.exec(text)?.[1];
  if (key === undefined) return text;
  const lock = new Set([`\\restrict ${key}`, `\\unrestrict ${key}`]);
  return text
    .split('\n')
    .filter((line) => !lock.has(line))
    .join('\n');
}
