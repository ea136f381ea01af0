import { type ToolName, tools } from '../migrations/registry.ts';
import { POSTGRES_VERSIONS, type PostgresVersion } from '../sql/effect.ts';
import type { ChangeOptions } from './local-change.ts';

/** Major versions as a person writes them. */
export const SUPPORTED_VERSIONS: readonly string[] = POSTGRES_VERSIONS.map(String);

/** Every value of `--tool`. */
export const TOOL_NAMES: readonly ['auto', ...ToolName[]] = ['auto', ...(Object.keys(tools) as ToolName[])];

export type TerminalOptions = ChangeOptions & {
  /** One of SUPPORTED_VERSIONS. */
  readonly postgres: string | undefined;
};

/** The version that a person asked for. */
export function versionOf({ postgres }: Pick<TerminalOptions, 'postgres'>): PostgresVersion | undefined {
  return POSTGRES_VERSIONS.find((version) => String(version) === postgres);
}
