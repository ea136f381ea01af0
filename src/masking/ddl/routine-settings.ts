import type { CreateFunctionStmt, Node } from '@pgsql/types';
import { treeText } from '../../sql/tree-text.ts';
import { PLACES, parseOne } from './cut.ts';
import { aboutOf, type Handler, keptIfClean, NOTHING, type Outcome } from './outcome.ts';

/**
 * A function, without settings that only a superuser may give one: those of no module that the server knows, which have a
 * dot in their name (guc.c, validate_option_array_item). The role that builds a baseline and owns its functions is none.
 */
export const routine: Handler = (piece, scrub) => {
  const judged = keptIfClean(piece, scrub);
  const names = 'CreateFunctionStmt' in piece.node ? ownSettings(piece.node.CreateFunctionStmt) : [];
  if (judged.statements.length === 0 || names.length === 0) return judged;
  const about = aboutOf(piece);
  const all = names.map(({ name }) => name).join(', ');
  const sql = withoutSettings(piece.sql, piece.node);
  const node = sql === undefined ? undefined : parseOne(sql);
  if (sql === undefined || node === undefined) return inTheWay(about, all);
  const why = `its setting ${all} is left out, for only a superuser may give one to a function`;
  const kept = keptIfClean({ ...piece, sql, node }, scrub);
  return {
    ...kept,
    scrubbed: [...kept.scrubbed, { kind: about.kind, name: about.name, action: 'blanked', why }],
  };
};

function inTheWay(
  { kind, name }: { readonly kind: string; readonly name: string },
  setting: string,
): Outcome {
  const why = `it sets ${setting}, which only a superuser may give to a function`;
  return {
    ...NOTHING,
    scrubbed: [{ kind, name, action: 'refused', why }],
    problems: [
      {
        where: `${kind} ${name}`,
        what: `The branch server would refuse it: ${why}.`,
        remedy: 'In the source, let its body call set_config instead.',
      },
    ],
  };
}

type Setting = { readonly name: string; readonly location: number };

function ownSettings({ options = [] }: CreateFunctionStmt): readonly Setting[] {
  return options.flatMap((each) => {
    if (!('DefElem' in each) || each.DefElem.defname !== 'set') return [];
    const { arg, location = 0 } = each.DefElem;
    const name = arg !== undefined && 'VariableSetStmt' in arg ? (arg.VariableSetStmt.name ?? '') : '';
    return name.includes('.') ? [{ name, location }] : [];
  });
}

/** Undefined unless what is left reads exactly as the statement did but for them. */
function withoutSettings(sql: string, node: Node): string | undefined {
  if (!('CreateFunctionStmt' in node)) return undefined;
  const last = ownSettings(node.CreateFunctionStmt).at(-1);
  if (last === undefined) return sql;
  const { options = [] } = node.CreateFunctionStmt;
  const places = options.flatMap((each) => ('DefElem' in each ? (each.DefElem.location ?? 0) : []));
  const bytes = Buffer.from(sql);
  const next = Math.min(...places.filter((place) => place > last.location), bytes.length);
  const rest = bytes.toString('utf8', last.location);
  // A body in SQL is no option: pg_dump begins it on a line of its own.
  const body =
    node.CreateFunctionStmt.sql_body === undefined ? -1 : rest.search(/\n\s*(?:BEGIN ATOMIC|RETURN)\b/);
  const behind =
    next < bytes.length || body < 0 ? bytes.toString('utf8', next) : rest.slice(body).trimStart();
  const cut = `${bytes.toString('utf8', 0, last.location).trimEnd()}\n    ${behind}`.trimEnd();
  const kept = options.filter((each) => !('DefElem' in each && each.DefElem.location === last.location));
  const wanted: Node = { CreateFunctionStmt: { ...node.CreateFunctionStmt, options: kept } };
  const read = parseOne(cut);
  const same = read !== undefined && treeText(read, PLACES) === treeText(wanted, PLACES);
  return same ? withoutSettings(cut, read) : undefined;
}
