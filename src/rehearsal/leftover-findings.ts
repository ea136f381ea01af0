import type { AlterTableStmt, Node } from '@pgsql/types';
import { fingerprint } from '../rules/fingerprint.ts';
import type { RehearsalRule } from '../rules/names.ts';
import { OTHER_NAMES } from '../rules/other-names.ts';
import type { Finding } from '../rules/rule.ts';
import { code } from '../rules/words.ts';
import { identifierText, qualifiedText } from '../sql/identifier.ts';
import type { Place, Statement } from '../sql/statement.ts';
import type { Leftover } from './leftovers.ts';

type Kind = Leftover['kind'];
type Words = { readonly message: string; readonly help: string };

const RULES: Readonly<Record<Kind, RehearsalRule>> = {
  'invalid index': 'left-invalid-index',
  'leftover index': 'left-invalid-index',
  'unvalidated constraint': 'left-unvalidated-constraint',
  'disabled trigger': 'left-disabled-trigger',
};

/** What a migration left, and who made it. */
export type LeftBehind = {
  readonly leftover: Leftover;
  /** The migration's statements. */
  readonly statements: readonly Statement[];
  readonly file: string;
};

/** The definition that builds the index again beside the reads and writes of its table. */
function buildAgain(definition: string): string {
  return `${definition.replace(/^CREATE (UNIQUE )?INDEX /, 'CREATE $1INDEX CONCURRENTLY ')};`;
}

function invalidIndex({ name, relation, definition, of }: Leftover): Words {
  const index = qualifiedText(name);
  const message = `The index ${code(name)} on ${code(relation)} is left invalid: every write pays for it, and no query uses it.`;
  if (of === 'partitioned index') {
    const attach = `ALTER INDEX ${index} ATTACH PARTITION`;
    return {
      message,
      help: `Build an index on each partition of ${code(relation)} and attach it by ${code(attach)}: with the last one the index becomes valid.`,
    };
  }
  const drop = code(`DROP INDEX CONCURRENTLY ${index};`);
  const build =
    definition === undefined ? 'build it again' : `build it again by ${code(buildAgain(definition))}`;
  return { message, help: `Run ${drop}, then ${build}, both outside a transaction.` };
}

function leftoverIndex({ name, relation }: Leftover): Words {
  return {
    message: `REINDEX CONCURRENTLY left the index ${code(name)} on ${code(relation)} behind: every write pays for it, and no query uses it.`,
    help: `Run ${code(`DROP INDEX CONCURRENTLY ${qualifiedText(name)};`)} outside a transaction, and REINDEX again where the old index is still the one in use.`,
  };
}

function unvalidated({ name, relation, of }: Leftover): Words {
  const what = of === 'domain' ? 'DOMAIN' : 'TABLE';
  const sql = `ALTER ${what} ${qualifiedText(relation)} VALIDATE CONSTRAINT ${identifierText(name)};`;
  return {
    message: `The constraint ${code(name)} on ${code(relation)} is left NOT VALID: it holds for new rows only, and the planner does not rely on it.`,
    help: `Run ${code(sql)} in a later migration.`,
  };
}

function disabled({ name, relation, of }: Leftover): Words {
  const table = qualifiedText(relation);
  if (of === 'constraint triggers') {
    return {
      message: `The triggers that enforce the constraint ${code(name)} on ${code(relation)} are left disabled: rows that break it are taken.`,
      help: `Run ${code(`ALTER TABLE ${table} ENABLE TRIGGER ALL;`)} at the end of the migration, and look for rows that came in meanwhile.`,
    };
  }
  return {
    message: `The trigger ${code(name)} on ${code(relation)} is left disabled: what it does is not done any more.`,
    help: `Run ${code(`ALTER TABLE ${table} ENABLE TRIGGER ${identifierText(name)};`)} at the end of the migration.`,
  };
}

const WORDS: Readonly<Record<Kind, (leftover: Leftover) => Words>> = {
  'invalid index': invalidIndex,
  'leftover index': leftoverIndex,
  'unvalidated constraint': unvalidated,
  'disabled trigger': disabled,
};

function bare(name: string): string {
  return name.slice(name.indexOf('.') + 1);
}

type AlterCommand = {
  readonly subtype?: string;
  readonly name?: string;
  readonly def?: Node;
};

/** How surely a statement made it: it gives its name, or only may have done. */
type Sureness = 'named' | 'perhaps' | undefined;

function byName(given: string | undefined, name: string): Sureness {
  if (given === undefined) return 'perhaps';
  return given === name ? 'named' : undefined;
}

function commandMakes({ kind, name }: Leftover, { subtype, name: trigger, def }: AlterCommand): Sureness {
  if (kind === 'disabled trigger') {
    if (subtype === 'AT_DisableTrig') return trigger === name ? 'named' : undefined;
    return /^AT_DisableTrig(All|User)$/.test(subtype ?? '') ? 'perhaps' : undefined;
  }
  if (kind !== 'unvalidated constraint' || def === undefined || !('Constraint' in def)) return undefined;
  const { conname, skip_validation: skips } = def.Constraint;
  return skips === true ? byName(conname, name) : undefined;
}

function alterMakes(leftover: Leftover, { relation, cmds }: AlterTableStmt): Sureness {
  if (relation?.relname !== bare(leftover.relation)) return undefined;
  const found = (cmds ?? []).map((command) =>
    'AlterTableCmd' in command ? commandMakes(leftover, command.AlterTableCmd) : undefined,
  );
  return found.includes('named') ? 'named' : found.find((each) => each !== undefined);
}

/** Whether the statement's own text makes such a thing. */
function makes(leftover: Leftover, { node }: Statement): Sureness {
  const { kind, relation, name, of } = leftover;
  const isIndex = kind === 'invalid index' || kind === 'leftover index';
  if ('IndexStmt' in node) {
    const { idxname, relation: table } = node.IndexStmt;
    return isIndex && table?.relname === bare(relation) ? byName(idxname, bare(name)) : undefined;
  }
  if ('ReindexStmt' in node) return isIndex ? 'perhaps' : undefined;
  if ('AlterTableStmt' in node) return alterMakes(leftover, node.AlterTableStmt);
  if (!('AlterDomainStmt' in node) || of !== 'domain') return undefined;
  const { def } = node.AlterDomainStmt;
  return def === undefined ? undefined : commandMakes(leftover, { def });
}

/** The last statement that surely made it, else the last that may have done. */
function makerOf(leftover: Leftover, statements: readonly Statement[]): Statement | undefined {
  return (
    statements.findLast((statement) => makes(leftover, statement) === 'named') ??
    statements.findLast((statement) => makes(leftover, statement) !== undefined)
  );
}

const nowhere = (file: string): Place => ({
  file,
  line: 1,
  column: 1,
  endLine: 1,
  endColumn: 1,
  startByte: 0,
  endByte: 0,
});

/** The finding for what a migration left. It stands at the last statement that makes such a thing, else at the file's first. */
export function leftoverFinding({ leftover, statements, file }: LeftBehind): Finding {
  const maker = makerOf(leftover, statements) ?? statements[0];
  const rule = RULES[leftover.kind];
  return {
    rule,
    severity: OTHER_NAMES[rule]?.severity ?? 'error',
    place: maker?.place ?? nowhere(file),
    relation: leftover.relation,
    ...WORDS[leftover.kind](leftover),
    fix: [],
    evidence: 'observed',
    fingerprint: fingerprint(rule, leftover.relation, leftover.name, maker?.sql ?? ''),
  };
}
