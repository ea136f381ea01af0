import type { Evidence } from '../evidence/schema.ts';
import { decideVerdict } from '../evidence/verdict.ts';
import { lintChange } from '../operations/lint.ts';
import { today } from '../operations/serve.ts';
import { renderText } from '../report/text.ts';
import { EMPTY_CATALOG } from '../sql/catalog.ts';
import { localChange } from './change.ts';
import { looseChange } from './loose-files.ts';
import type { Command, ExitCode } from './main.ts';
import { oneOf, postgresVersion, readArguments } from './options.ts';
import { createTerminalWorld } from './terminal-world.ts';

const HELP = `Usage: pullgres lint [options] [FILE ...]

Says what each statement of your migrations locks, rewrites and scans, and what that does to
the running application. Needs no database.

  pullgres lint                                 every migration of this repository
  pullgres lint --changed-since origin/main     only what this branch adds
  pullgres lint db/migrations/0042_index.sql    these files, as one change to an unknown schema

  --changed-since COMMIT   judge only what the working tree adds to it; the rest is the schema
  --migrations DIRECTORY   where the migrations stand (found when left out)
  --tool TOOL              auto, sql, dbmate or prisma
  --postgres VERSION       13 to 18, default the policy's, else 18
  --format FORMAT          text or json

Exit codes: 0 clean, 1 a finding fails the policy, 2 a file could not be judged.
`;

const OPTIONS = {
  'changed-since': { type: 'string' },
  migrations: { type: 'string' },
  tool: { type: 'string' },
  postgres: { type: 'string' },
  format: { type: 'string' },
} as const;

async function run(args: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, OPTIONS);
  const format = oneOf('format', values.format, ['text', 'json']) ?? 'text';
  const chosen = postgresVersion(values.postgres);
  const { world, dispose } = await createTerminalWorld({ verbose: false });
  try {
    const wanted = {
      tool: values.tool,
      migrations: values.migrations,
      changedSince: values['changed-since'],
    };
    const change =
      positionals.length > 0
        ? await looseChange(world, positionals, wanted)
        : await localChange(world, wanted);
    const { plan, loaded, draft } = change;
    const version = chosen ?? loaded.policy.postgres ?? 18;
    const lint = await lintChange({
      plan,
      loaded,
      version,
      catalog: change.schemaKnown ? undefined : EMPTY_CATALOG,
      today: today(world),
    });
    const judged = { ...draft, lint, policy: { ...draft.policy, required: ['lint' as const] } };
    const evidence: Evidence = { ...judged, verdict: decideVerdict(judged) };
    process.stdout.write(format === 'json' ? `${JSON.stringify(evidence, undefined, 2)}\n` : text(evidence));
    return exitCode(evidence);
  } finally {
    await dispose();
  }
}

function text(evidence: Evidence): string {
  return renderText(evidence, { color: process.stdout.isTTY === true && !process.env.NO_COLOR });
}

/** A file that does not parse could not be judged, whatever the others say. */
function exitCode({ lint, verdict }: Evidence): ExitCode {
  if ((lint?.problems.length ?? 0) > 0 || verdict.conclusion === 'unproven') return 2;
  return verdict.conclusion === 'fail' ? 1 : 0;
}

export const lintCommand: Command = {
  summary: 'Say what each statement locks, rewrites and scans. No database needed.',
  help: HELP,
  run,
};
