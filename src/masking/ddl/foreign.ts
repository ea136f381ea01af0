import type { Node } from '@pgsql/types';
import { type Option, withOptions } from './cut.ts';

/** Options that name a relation, or say how rows come, and lead nowhere without a server's options. */
const HARMLESS = new Set(
  `schema schema_name table table_name column_name key updatable truncatable readonly max_long use_remote_estimate
  fetch_size batch_size async_capable format header delimiter encoding quote escape null`.split(/\s+/),
);

type DefElem = { readonly defname?: string; readonly location?: number; readonly arg?: Node };
export type ForeignStatement = {
  readonly options?: readonly Node[];
  readonly servername?: string;
  readonly fdwname?: string;
};

function entries(options: readonly Node[] | undefined): readonly DefElem[] {
  return (options ?? []).flatMap((node) => ('DefElem' in node ? [node.DefElem as DefElem] : []));
}

function textOf({ arg }: DefElem): string {
  return arg !== undefined && 'String' in arg ? (arg.String.sval ?? '') : '';
}

export type Closed = {
  /** Undefined when the options cannot be taken out of the text. */
  readonly sql: string | undefined;
  /** Names of the options that are gone. */
  readonly dropped: readonly string[];
};

/** A server or wrapper without any option: host, port, file and program are among them, and a baseline must reach none. */
export function closedServer(sql: string, node: Node, { options }: ForeignStatement): Closed {
  return withOnly(sql, node, options, () => undefined);
}

/**
 * A foreign table with what names its relation. file_fdw insists on a file (file_fdw.c, file_fdw_validator): it gets one
 * that is empty.
 */
export function closedTable(
  sql: string,
  node: Node,
  { options }: ForeignStatement,
  wrapper: string | undefined,
): Closed {
  if (
    wrapper === 'file_fdw' ||
    entries(options).some(({ defname }) => /^(filename|program)$/.test(defname ?? ''))
  )
    return withOnly(sql, node, options, (option) => {
      if (/^(filename|program)$/.test(option.name)) return { name: 'filename', text: '/dev/null' };
      return HARMLESS.has(option.name) ? option : undefined;
    });
  return withOnly(sql, node, options, (option) => (HARMLESS.has(option.name) ? option : undefined));
}

/** Names of the options that would not stay. */
export function harmful(options: readonly Node[] | undefined): readonly string[] {
  return entries(options).flatMap(({ defname = '' }) => (HARMLESS.has(defname) ? [] : [defname]));
}

function withOnly(
  sql: string,
  node: Node,
  options: readonly Node[] | undefined,
  keep: (option: Option) => Option | undefined,
): Closed {
  const all = entries(options);
  const kept = all.flatMap((entry) => keep({ name: entry.defname ?? '', text: textOf(entry) }) ?? []);
  const same = (entry: DefElem): boolean =>
    kept.some(({ name, text }) => name === entry.defname && text === textOf(entry));
  const dropped = all.filter((entry) => !same(entry)).map(({ defname = '' }) => defname);
  if (dropped.length === 0) return { sql, dropped };
  return { sql: withOptions(sql, node, all[0]?.location ?? 0, kept), dropped };
}
