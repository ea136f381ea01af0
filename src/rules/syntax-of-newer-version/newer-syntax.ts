import type { AlterTableCmd, DefElem, Node } from '@pgsql/types';
import type { Catalog } from '../../sql/catalog.ts';
import type { PostgresVersion } from '../../sql/effect.ts';
import type { Statement } from '../../sql/statement.ts';

/** What some version brought to the language. The words follow "does not take", the advice is an imperative. */
export type NewerSyntax = {
  readonly since: PostgresVersion;
  readonly words: string;
  readonly instead: string;
  /** The member or tag of the parse tree that holds it. */
  readonly at: string;
  readonly isUsed: (part: object, statement: Statement, catalog: Catalog) => boolean;
};

/** A row of the table; the grammar says which shape stands at a tag. */
export function row<Part extends object>(
  since: PostgresVersion,
  at: string,
  words: string,
  instead: string,
  isUsed: (part: Part, statement: Statement, catalog: Catalog) => boolean = () => true,
): NewerSyntax {
  return { since, at, words, instead, isUsed: isUsed as NewerSyntax['isUsed'] };
}

/** Whether a subcommand of ALTER TABLE is of this kind. */
export function is(subtype: AlterTableCmd['subtype']): (command: AlterTableCmd) => boolean {
  return (command) => command.subtype === subtype;
}

/** The subcommands of an ALTER TABLE. */
export function subcommands(nodes: readonly Node[] = []): readonly AlterTableCmd[] {
  return nodes.flatMap((node) => ('AlterTableCmd' in node ? [node.AlterTableCmd] : []));
}

/** The options among these nodes. */
export function optionsOf(nodes: readonly Node[] = []): readonly DefElem[] {
  return nodes.flatMap((node) => ('DefElem' in node ? [node.DefElem] : []));
}

/** Whether one of these options is given. */
export function has(nodes: readonly Node[] | undefined, ...names: readonly string[]): boolean {
  return optionsOf(nodes).some(({ defname = '' }) => names.includes(defname));
}

/** A word that an option or subcommand is given, in lower case. */
export function text(node: Node | undefined): string | undefined {
  return node !== undefined && 'String' in node ? node.String.sval?.toLowerCase() : undefined;
}

/** Both places of CONCURRENTLY give the same tree: only where it stands tells them apart. */
export function isInBrackets(sql: string, byte: number): boolean {
  const before = Buffer.from(sql).subarray(0, byte).toString();
  return before.lastIndexOf('(') > before.lastIndexOf(')');
}
