import type { ColumnDef, Node, TypeName } from '@pgsql/types';
import { identifier } from '../postgres/quote.ts';
import { expressionText } from '../sql/expression.ts';
import { strings } from '../sql/names.ts';
import { type Demand, type Named, NONE } from './preflight-demand.ts';

type TypeText = { readonly bare: string; readonly modifiers: readonly number[] };

/** A type's name as SQL, and its modifiers apart. Undefined where these are no plain numbers, and for an interval, whose are a mask. */
export function typeSql(type: TypeName | undefined): TypeText | undefined {
  const names = strings(type?.names);
  const modifiers = (type?.typmods ?? []).map((node) =>
    'A_Const' in node ? (node.A_Const.ival?.ival ?? 0) : Number.NaN,
  );
  if (names.length === 0 || names.at(-1) === 'interval' || modifiers.some(Number.isNaN)) return undefined;
  const array = (type?.arrayBounds ?? []).length > 0 ? '[]' : '';
  return { bare: `${names.map(identifier).join('.')}${array}`, modifiers };
}

/** What ALTER COLUMN TYPE asks of the values; nothing where USING computes others. */
export function ofNewType(table: Named, column: string, def: ColumnDef): readonly Demand[] {
  const type = typeSql(def.typeName);
  if (type === undefined) return NONE;
  const demand = { kind: 'type', table, column, type: type.bare, modifiers: type.modifiers } as const;
  const using = def.raw_default;
  if (using === undefined) return [demand];
  const cast = 'TypeCast' in using ? using.TypeCast : undefined;
  const target = typeSql(cast?.typeName);
  if (target?.bare !== type.bare || String(target.modifiers) !== String(type.modifiers)) return NONE;
  const text = textOf(cast?.arg, column);
  return text === undefined ? NONE : [{ ...demand, cast: text }];
}

/** The expression where it is the column, or its text made shorter: cast on, that is read as a literal would be. */
function textOf(node: Node | undefined, column: string): string | undefined {
  if (node === undefined) return undefined;
  if ('ColumnRef' in node)
    return strings(node.ColumnRef.fields).join('.') === column ? identifier(column) : undefined;
  const around = (inner: Node | undefined, write: (text: string) => string | undefined) => {
    const text = textOf(inner, column);
    return text === undefined ? undefined : write(text);
  };
  if ('TypeCast' in node) {
    const isText = strings(node.TypeCast.typeName?.names).at(-1) === 'text';
    return isText ? around(node.TypeCast.arg, (text) => `${text}::pg_catalog.text`) : undefined;
  }
  if ('A_Expr' in node && node.A_Expr.kind === 'AEXPR_NULLIF') {
    const value = expressionText(node.A_Expr.rexpr);
    return around(node.A_Expr.lexpr, (text) =>
      value === undefined ? undefined : `NULLIF(${text}, ${value})`,
    );
  }
  if (!('FuncCall' in node) || node.FuncCall.args?.length !== 1) return undefined;
  const name = strings(node.FuncCall.funcname).at(-1) ?? '';
  return SHORTENS.has(name) ? around(node.FuncCall.args[0], (text) => `${name}(${text})`) : undefined;
}

const SHORTENS: ReadonlySet<string> = new Set(['btrim', 'lower', 'upper']);
