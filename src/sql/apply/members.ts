import type { Catalog, Relation } from '../catalog.ts';
import { changeRelation } from '../catalog-edit.ts';
import { markNotNull } from '../constraints.ts';

/** What a subcommand is given: `members` are the table and, unless ONLY is written, all that inherits from it. */
export type Target = { readonly table: string; readonly members: readonly string[] };

/** Changes every member of a target. */
export function changeAll(
  catalog: Catalog,
  members: readonly string[],
  change: (relation: Relation) => Relation,
): Catalog {
  return members.reduce((result, member) => changeRelation(result, member, change), catalog);
}

/** The column may hold null, and no constraint says otherwise. */
export function dropNotNull(name: string): (relation: Relation) => Relation {
  return (relation) => {
    const nullable = markNotNull(relation, [name], false);
    const constraints = nullable.constraints.filter(
      ({ kind, columns }) => kind !== 'not null' || !columns.includes(name),
    );
    return { ...nullable, constraints };
  };
}
