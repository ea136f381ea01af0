import type { Detection } from '../detection/detection.ts';
import { allowLine, pasteLine } from '../profile/paste.ts';
import type { AllowEntry, MaskingProfile } from '../profile/profile.ts';
import { pathText, ruleText } from '../profile/strategy-text.ts';
import type { Strategy } from '../strategy.ts';
import { columnId, type Place, placeText } from './column-id.ts';
import type { Decision } from './decide.ts';
import type { Report } from './missing.ts';

/** From this confidence on, a detection speaks against a column that stays clear. */
const OBJECTS_FROM = 0.5;

export type Objections = {
  /** Tells what speaks against leaving a column, or parts of its documents, as they are. */
  readonly judge: (place: Place, decision: Decision) => void;
  /** The reason why a column may stay clear. */
  readonly reasonFor: (place: Place) => string | undefined;
};

type Context = {
  readonly profile: MaskingProfile;
  readonly detections: ReadonlyMap<string, readonly Detection[]>;
  /** ISO 8601 day. */
  readonly today: string;
  readonly report: Report;
};

/** Holds detections against what stays clear. Expired entries of `allow` are told by `expired`. */
export function objections({ profile, detections, today, report }: Context): Objections {
  const allowed = new Map<string, AllowEntry[]>();
  for (const entry of profile.allow) {
    const { schema, table, column } = entry.column;
    const key = JSON.stringify([schema, table, column]);
    allowed.set(key, [...(allowed.get(key) ?? []), entry]);
  }
  return {
    reasonFor: (place) =>
      allowed.get(columnId(place))?.find(({ column }) => column.path.length === 0)?.reason,
    judge: (place, decision) => {
      const entries = allowed.get(columnId(place)) ?? [];
      const standing = (detections.get(columnId(place)) ?? [])
        .filter(({ confidence }) => confidence >= OBJECTS_FROM)
        .filter(({ path, inNames }) => (inNames ? keepsNames(decision) : staysClear(decision, path)))
        .filter(({ path }) => !entries.some(({ column }) => covers(column.path, path)));
      for (const detection of standing) object(place, detection, decision, today, report);
    },
  };
}

/** Tells of entries of `allow` that have ended. */
export function reportExpired({ profile, today, report }: Omit<Context, 'detections'>): void {
  for (const { column, until, owner, reason } of profile.allow) {
    if (until > today) continue;
    const path = column.path.length === 0 ? '' : pathText(column.path);
    const line = allowLine(column, column.column, path, halfAYearAfter(today));
    report.problem(
      `allow: ${line.slice(0, line.indexOf(': {reason'))}`,
      `the entry of ${owner} ended on ${until} (${reason})`,
      'Mask the column, or ask its owner for a later day.',
    );
  }
}

/** A document's members keep their names, but for those that are dropped. */
function keepsNames(decision: Decision): boolean {
  if (decision.kind !== 'masked') return decision.kind === 'clear';
  const { strategy } = decision;
  return strategy.as === 'json' ? strategy.otherwise !== 'drop' : strategy.as === 'text';
}

function staysClear(decision: Decision, path: readonly string[]): boolean {
  if (decision.kind === 'clear') return true;
  return decision.kind === 'masked' && partStaysClear(decision.strategy, path);
}

/** Whether what is found at a path of a document goes through the strategy as it is. */
function partStaysClear(strategy: Strategy, path: readonly string[]): boolean {
  if (strategy.as === 'clear') return true;
  if (strategy.as === 'elements')
    return partStaysClear(strategy.each, path[0] === '*' ? path.slice(1) : path);
  if (strategy.as !== 'json') return false;
  const fitting = strategy.paths.filter((one) => covers(one.path, path));
  const [best] = fitting.toSorted((a, b) => b.path.length - a.path.length);
  return best ? partStaysClear(best.strategy, path.slice(best.path.length)) : strategy.otherwise === 'clear';
}

/** Whether a path, `*` standing for each member, leads to a place or to something around it. */
function covers(path: readonly string[], place: readonly string[]): boolean {
  return path.length <= place.length && path.every((step, index) => step === '*' || step === place[index]);
}

function object(place: Place, detection: Detection, decision: Decision, today: string, report: Report): void {
  const table = { schema: place.table.schema, table: place.table.name };
  const path = detection.path.length === 0 ? '' : pathText(detection.path);
  const where = path === '' ? placeText(place) : `${placeText(place)} ${path}`;
  const surely = `${Math.round(detection.confidence * 100)} %`;
  const because = detection.because.length > 0 ? `: ${detection.because.join('; ')}` : '';
  const inDocument: Strategy = {
    as: 'json',
    paths: [{ path: detection.path, strategy: detection.strategy }],
    otherwise: 'mask',
  };
  const known = decision.kind === 'masked' && decision.strategy.as === 'json';
  const line =
    path === ''
      ? pasteLine(table, place.column.name, ruleText(detection.strategy))
      : known
        ? `${JSON.stringify(path)}: ${ruleText(detection.strategy)}   # ${placeText(place)}`
        : pasteLine(table, place.column.name, ruleText(inDocument));
  report.problem(
    where,
    `it stays clear, but looks like ${detection.class} (${surely}${because})`,
    `${line}\nor ${allowLine(table, place.column.name, path, halfAYearAfter(today))}`,
  );
}

function halfAYearAfter(today: string): string {
  const days = 182;
  return new Date(Date.parse(today) + days * 86_400_000).toISOString().slice(0, 10);
}
