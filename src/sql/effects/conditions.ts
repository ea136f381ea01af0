import type {
  DeleteStmt,
  JoinExpr,
  MergeStmt,
  Node,
  NullTest,
  RangeVar,
  SelectStmt,
  UpdateStmt,
} from '@pgsql/types';
import type { Relation } from '../catalog.ts';
import { expressionText } from '../expression.ts';
import { identifierText } from '../identifier.ts';
import { type ColumnOf, type KeyCondition, keyCondition } from '../key-condition.ts';
import { strings } from '../names.ts';
import { collect } from '../walk.ts';

/** What WHERE and ON say, as they stand, of each relation in a FROM. */
export type Conditions = ReadonlyMap<RangeVar, readonly Node[]>;

/** The parts of SELECT, UPDATE and DELETE that name relations and restrict them. */
export type Restricted = {
  readonly target?: RangeVar | undefined;
  readonly from: readonly Node[];
  readonly where: Node | undefined;
};

export function ofSelect({ fromClause = [], whereClause: where }: SelectStmt): Restricted {
  return { from: fromClause, where };
}

export function ofUpdate({ relation, fromClause = [], whereClause: where }: UpdateStmt): Restricted {
  return { target: relation, from: fromClause, where };
}

export function ofDelete({ relation, usingClause = [], whereClause: where }: DeleteStmt): Restricted {
  return { target: relation, from: usingClause, where };
}

/** Conditions on the relations of one FROM; those of its subqueries are their own. */
export function conditionsOf({ target, from, where }: Restricted): Conditions {
  const found = new Map<RangeVar, readonly Node[]>();
  const above = where === undefined ? [] : [where];
  if (target !== undefined) found.set(target, above);
  const open: { readonly node: Node | undefined; readonly said: readonly Node[] }[] = from.map((node) => ({
    node,
    said: above,
  }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, said } = next;
    if (node === undefined) continue;
    if ('RangeVar' in node) found.set(node.RangeVar, said);
    if ('JoinExpr' in node) open.push(...sidesOf(node.JoinExpr, said));
  }
  return found;
}

/** ON restricts the side whose rows can be left out; WHERE both, since a comparison with nothing is not true. */
function sidesOf({ larg, rarg, jointype, quals }: JoinExpr, said: readonly Node[]) {
  const both = quals === undefined ? said : [...said, quals];
  const keeps = (side: string): boolean => jointype === 'JOIN_FULL' || jointype === side;
  // Of a row that the join makes up everything is null.
  const certain = both.filter((node) => !asksForNull(node));
  return [
    { node: larg, said: sideSaid(keeps('JOIN_LEFT'), keeps('JOIN_RIGHT')) },
    { node: rarg, said: sideSaid(keeps('JOIN_RIGHT'), keeps('JOIN_LEFT')) },
  ];

  function sideSaid(isKept: boolean, isMadeUp: boolean): readonly Node[] {
    const known = isMadeUp ? certain : both;
    return isKept ? known.filter((node) => node !== quals) : known;
  }
}

function asksForNull(node: Node): boolean {
  return collect<NullTest>(node, 'NullTest').some(({ nulltesttype }) => nulltesttype === 'IS_NULL');
}

/** MERGE finds its target's rows by ON, unless those that match nothing count too (17). */
export function ofMerge({ relation, joinCondition, mergeWhenClauses }: MergeStmt): Conditions {
  const isFull = (mergeWhenClauses ?? []).some(
    (node) =>
      'MergeWhenClause' in node && node.MergeWhenClause.matchKind === 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE',
  );
  if (relation === undefined || joinCondition === undefined || isFull) return new Map();
  return new Map([[relation, [joinCondition]]]);
}

/** What the conditions say of this relation's columns, and of the expressions that it is partitioned by. */
export function conditionOn(
  range: RangeVar,
  relation: Relation | undefined,
  said: readonly Node[],
): KeyCondition {
  const columns = new Set(relation?.columns.map(({ name }) => name));
  const alias = range.alias?.aliasname ?? range.relname ?? '';
  const expressions = new Set(relation?.partitionKey?.filter((key) => !columns.has(key)));
  const columnOf: ColumnOf = (node) => {
    if (node === undefined) return undefined;
    if (!('ColumnRef' in node)) {
      const text = expressions.size === 0 ? undefined : expressionText(node);
      const bare = text?.replaceAll(`${identifierText(alias)}.`, '');
      return bare !== undefined && expressions.has(bare) ? bare : undefined;
    }
    const parts = strings(node.ColumnRef.fields);
    const [column = '', table = alias] = [...parts].reverse();
    return table === alias && columns.has(column) ? column : undefined;
  };
  return { kind: 'and', parts: said.map((node) => keyCondition(node, columnOf)) };
}
