import { codeTools } from '../migrations/code-tools.ts';
import type { MigrationTool } from '../migrations/migration.ts';
import { type ToolName, tools } from '../migrations/registry.ts';
import { type AnyToolName, transactionModels } from '../migrations/transaction-models.ts';
import { POSTGRES_VERSIONS, type PostgresVersion } from '../sql/effect.ts';
import type { ChangeOptions } from './local-change.ts';

/** Major versions as a person writes them. */
export const SUPPORTED_VERSIONS: readonly string[] = POSTGRES_VERSIONS.map(String);

/** The tools whose files are read, and auto. */
export const TOOL_NAMES: readonly ['auto', ...ToolName[]] = ['auto', ...(Object.keys(tools) as ToolName[])];

/** Those of them whose migrations can be rehearsed. */
export const REHEARSED_TOOL_NAMES: readonly string[] = [
  'auto',
  ...Object.values<MigrationTool>(tools).flatMap(({ name, history }) => (history ? [name] : [])),
];

/** Tools whose migrations are code: their SQL is judged when it is given. */
export const CODE_TOOL_NAMES: readonly string[] = Object.keys(codeTools);

/** Every value of `--tool`, with those whose SQL is judged when it is given. */
export const LINT_TOOL_NAMES: readonly ['auto', ...AnyToolName[]] = [
  'auto',
  ...(Object.keys(transactionModels) as AnyToolName[]),
];

export type TerminalOptions = ChangeOptions & {
  /** One of SUPPORTED_VERSIONS. */
  readonly postgres: string | undefined;
  /** Path of a manifest of production. */
  readonly production?: string | undefined;
};

/** The version that a person asked for. */
export function versionOf({ postgres }: Pick<TerminalOptions, 'postgres'>): PostgresVersion | undefined {
  return POSTGRES_VERSIONS.find((version) => String(version) === postgres);
}
