import { createHash } from 'node:crypto';
import { UserError } from '../errors.ts';

/** What a plan's line says of who wrote it and when; `date` in UTC as `2024-01-31T12:00:00Z`, `note` without escapes. */
type Planned = {
  readonly name: string;
  readonly date: string;
  readonly planner: string;
  readonly email: string;
  readonly note: string;
};

export type PlannedTag = Planned & { readonly id: string };

/** `id` is the change's that it resolves to; a conflict has none, nor has one of another project. */
export type Dependency = {
  readonly kind: 'require' | 'conflict';
  /** As it stands in the plan, without the `!` of a conflict. */
  readonly name: string;
  readonly project: string | undefined;
  readonly id: string | undefined;
};

/** A change of a plan, with the id that sqitch gives it. */
export type PlannedChange = Planned & {
  readonly id: string;
  readonly script: string;
  readonly tags: readonly PlannedTag[];
  readonly dependencies: readonly Dependency[];
};

export type Plan = {
  readonly project: string;
  readonly uri: string | undefined;
  readonly changes: readonly PlannedChange[];
};

type Draft = Omit<PlannedChange, 'tags' | 'script'> & { script: string; readonly tags: PlannedTag[] };

const LINE =
  /^[\t ]*(?:(@)|[\t ]*[+-][\t ]*)?([^\s@:#[\]]+)[\t ]*(?:\[([^\]]+)\][\t ]*)?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)[\t ]*([^<]+?)[\t ]+<([^>]+)>[\t ]*$/;
const PRAGMA = /^[\t ]*%[\t ]*([^\s=]+)[\t ]*(?:=[\t ]*(.*?))?[\t ]*$/;
const DEPENDENCY = /^(!?)(?:([^\s@:#[\]]+):)?([^:]+)$/;
const ESCAPES: Readonly<Record<string, string>> = { '\\n': '\n', '\\r': '\r', '\\\\': '\\' };

/**
 * Reads a plan (sqitch manual, sqitch-plan "Format"; lib/App/Sqitch/Plan.pm, _parse). A name that comes again is a
 * rework, whose earlier script is kept as `name@tag.sql`.
 * @throws UserError for a line that sqitch would not take.
 */
export function readPlan(text: string, path: string): Plan {
  const pragmas = new Map<string, string>();
  const drafts: Draft[] = [];
  const tags = new Map<string, number>();
  for (const [at, whole] of text.split(/\r?\n/).entries()) {
    const hash = whole.indexOf('#');
    const line = hash < 0 ? whole : whole.slice(0, hash);
    if (line.trim() === '') continue;
    const [, pragma, value = ''] = PRAGMA.exec(line) ?? [];
    if (pragma !== undefined) {
      pragmas.set(pragma, value);
      continue;
    }
    const planned = LINE.exec(line);
    if (planned === null) refuse(path, at + 1);
    addLine({ pragmas, drafts, tags }, planned, hash < 0 ? '' : noteOf(whole.slice(hash + 1)));
  }
  return { project: pragmas.get('project') ?? '', uri: uriOf(pragmas.get('uri')), changes: drafts };
}

function refuse(path: string, line: number): never {
  throw new UserError(`${path}:${line}: sqitch would not take this line.`, {
    hint: 'It needs a name, a time as 2024-01-31T12:00:00Z, and the planner as Name <email>.',
  });
}

type State = {
  readonly pragmas: ReadonlyMap<string, string>;
  readonly drafts: Draft[];
  readonly tags: Map<string, number>;
};

function addLine(state: State, line: RegExpExecArray, note: string): void {
  const [, at, name = '', dependencies = '', date = '', planner = '', email = ''] = line;
  const planned = { name, date, planner, email, note };
  const last = state.drafts.at(-1);
  if (at === undefined) addChange(state, planned, dependencies);
  else if (last) {
    last.tags.push({ ...planned, id: tagId(state, planned, last.id) });
    state.tags.set(name, state.drafts.length - 1);
  }
}

function addChange(state: State, planned: Planned, list: string): void {
  const { drafts } = state;
  const before = drafts.findLastIndex(({ name }) => name === planned.name);
  const tag = before < 0 ? undefined : drafts.slice(before).flatMap(({ tags }) => tags)[0];
  const reworked = drafts[before];
  if (reworked && tag) reworked.script = `${planned.name}@${tag.name}`;
  const words = list.split(/[\t ]+/).filter((word) => word !== '');
  const dependencies = words.map((word) => dependencyOf(state, word));
  const id = changeId(state, planned, dependencies);
  drafts.push({ ...planned, id, script: planned.name, tags: [], dependencies });
}

/** A name alone is the first of that name, one with a tag the last up to the tag (Plan/ChangeList.pm, find). */
function dependencyOf({ pragmas, drafts, tags }: State, word: string): Dependency {
  const [, conflict, project, name = ''] = DEPENDENCY.exec(word) ?? [];
  const kind = conflict === '!' ? 'conflict' : 'require';
  const isForeign = project !== undefined && project !== pragmas.get('project');
  if (isForeign) return { kind, name: `${project}:${name}`, project, id: undefined };
  const [change = '', tag] = name.split('@', 2);
  const limit = tag === undefined ? undefined : tags.get(tag);
  const fits = (draft: Draft, at: number) => draft.name === change && at <= (limit ?? at);
  const found =
    drafts.find(({ id }) => id === name) ??
    (change === '' ? drafts[limit ?? -1] : limit === undefined ? drafts.find(fits) : drafts.findLast(fits));
  return { kind, name, project: undefined, id: found?.id };
}

function noteOf(text: string): string {
  return text.trim().replaceAll(/\\[\\nr]/g, (pair) => ESCAPES[pair] ?? pair);
}

/** With the path `/` where it names a host alone, as Perl's URI writes it (canonical). */
function uriOf(uri: string | undefined): string | undefined {
  if (uri === undefined || uri === '') return undefined;
  return URL.canParse(uri) && /^https?:/i.test(uri) ? new URL(uri).href : uri;
}

function changeId({ pragmas, drafts }: State, planned: Planned, dependencies: readonly Dependency[]): string {
  const parent = drafts.at(-1);
  const named = (wanted: Dependency['kind'], sign: string) =>
    dependencies.filter(({ kind }) => kind === wanted).map(({ name }) => `  ${sign} ${name}`);
  const [requires, conflicts] = [named('require', '+'), named('conflict', '-')];
  return objectId('change', [
    ...projectLines(pragmas),
    `change ${planned.name}`,
    ...(parent ? [`parent ${parent.id}`] : []),
    ...signature(planned),
    ...(requires.length > 0 ? ['requires', ...requires] : []),
    ...(conflicts.length > 0 ? ['conflicts', ...conflicts] : []),
    ...noteLines(planned),
  ]);
}

function tagId({ pragmas }: State, planned: Planned, change: string): string {
  const lines = [`tag @${planned.name}`, `change ${change}`, ...signature(planned), ...noteLines(planned)];
  return objectId('tag', [...projectLines(pragmas), ...lines]);
}

function projectLines(pragmas: ReadonlyMap<string, string>): readonly string[] {
  const uri = uriOf(pragmas.get('uri'));
  return [`project ${pragmas.get('project') ?? ''}`, ...(uri === undefined ? [] : [`uri ${uri}`])];
}

function signature({ planner, email, date }: Planned): readonly string[] {
  return [`planner ${planner} <${email}>`, `date ${date}`];
}

function noteLines({ note }: Planned): readonly string[] {
  return note === '' ? [] : ['', note];
}

/** SHA-1 of the kind, the content's length in bytes and the content, as git names its objects (Plan/Change.pm, Plan/Tag.pm). */
function objectId(kind: 'change' | 'tag', lines: readonly string[]): string {
  const content = lines.join('\n');
  return createHash('sha1')
    .update(`${kind} ${Buffer.byteLength(content)}\0${content}`)
    .digest('hex');
}
