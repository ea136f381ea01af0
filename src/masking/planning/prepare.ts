import type { Detection } from '../detection/detection.ts';
import type { PlanInput } from '../plan.ts';
import type { MaskingProfile } from '../profile/profile.ts';
import { type RuleBook, ruleBook } from '../profile/rules.ts';
import type { SourceTable } from '../source.ts';
import { type Columns, columnId, columnsOf, type Place, tableName } from './column-id.ts';
import { type CompileColumn, type CompileStrategy, columnCompiler } from './compile.ts';
import { type Decide, decider } from './decide.ts';
import { groupColumns } from './groups.ts';
import { type Links, readLinks, reportConditionalLinks } from './links.ts';
import { collectReport } from './missing.ts';
import { type Objections, objections, reportExpired } from './objections.ts';
import { reportUnmatched } from './table-problems.ts';
import { rowsOf } from './table-rows.ts';

/** What all tables' plans are made with. */
export type Preparation = {
  readonly profile: MaskingProfile;
  /** Partitioned tables before their partitions. */
  readonly tables: readonly SourceTable[];
  readonly columns: Columns;
  readonly book: RuleBook;
  readonly links: Links;
  readonly decide: Decide;
  readonly compile: CompileColumn;
  readonly objections: Objections;
  readonly detectionsOf: (place: Place) => readonly Detection[];
  readonly rowCounts: ReadonlyMap<string, number>;
  readonly report: ReturnType<typeof collectReport>;
  /** Places of the problems so far. */
  readonly told: () => ReadonlySet<string>;
  /** Columns without a rule, by columnId, that have been told of. */
  readonly asked: Set<string>;
  readonly countClear: (reason: string) => void;
  /** How many columns went clear without a word, by reason. */
  readonly automatic: () => ReadonlyMap<string, number>;
};

/** Reads profile and schema once, and tells what is wrong with them as wholes. */
export function preparePlan(
  { profile, schema, today, detections = new Map() }: PlanInput,
  compile: CompileStrategy,
): Preparation {
  const report = collectReport();
  const columns = columnsOf(schema);
  const book = remembered(ruleBook(profile));
  const { planned, extensions } = plannedTables([...schema.tables.values()]);
  const names = planned.map(tableName);
  const links = readLinks(profile, columns, names, report);
  const groups = groupColumns(schema, columns, links, book);
  const decide = decider({ book, groups, report });
  reportConditionalLinks(links, columns, decide, report);
  reportExpired({ profile, today, report });
  reportUnmatched(profile, columns, names, report);
  if (extensions > 0)
    report.note(`${extensions} tables of extensions are made by their extensions, with their rows.`);
  const reasons = new Map<string, number>();
  return {
    profile,
    tables: planned,
    columns,
    book,
    links,
    decide,
    compile: columnCompiler(compile, columns),
    objections: objections({ profile, detections, today, report }),
    detectionsOf: (place) => detections.get(columnId(place)) ?? [],
    rowCounts: rowsOf(schema, columns),
    report,
    told: () => report.told,
    asked: new Set(),
    countClear: (reason) => void reasons.set(reason, (reasons.get(reason) ?? 0) + 1),
    automatic: () => reasons,
  };
}

/** An extension's tables come with it, but for those whose rows it wants dumped. */
function plannedTables(tables: readonly SourceTable[]) {
  const planned = tables.filter(
    ({ ofExtension, extensionRows }) => ofExtension === undefined || extensionRows !== undefined,
  );
  const [roots, partitions] = [planned.filter(isRoot), planned.filter((table) => !isRoot(table))];
  return { planned: [...roots, ...partitions], extensions: tables.length - planned.length };
}

function isRoot({ partitionOf }: SourceTable): boolean {
  return partitionOf === undefined;
}

function remembered(book: RuleBook): RuleBook {
  const made = new Map<string, ReturnType<RuleBook>>();
  return (schema, table) => {
    const key = JSON.stringify([schema, table]);
    const rules = made.get(key) ?? book(schema, table);
    made.set(key, rules);
    return rules;
  };
}
