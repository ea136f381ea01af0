import type { Strategy } from '../strategy.ts';
import type { MaskPart } from './containers.ts';
import { type Masked, maskedAs, type Outcome, placeOf, refuse, type Subject } from './masked.ts';
import { shaped } from './shape.ts';
import { call, cast, choose, concat, op, text } from './sql.ts';

type JsonStrategy = Extract<Strategy, { as: 'json' }>;
type Node = {
  readonly strategy?: Strategy | undefined;
  readonly members: ReadonlyMap<string, Node>;
};
type Scope = {
  readonly subject: Subject;
  readonly otherwise: JsonStrategy['otherwise'];
  readonly maskPart: MaskPart;
  /** What a part could not be masked with, and what people should know. */
  readonly refusals: Outcome[];
  readonly notes: Set<string>;
};

const TEXT = { sql: 'text', base: 'text', baseSchema: 'pg_catalog', category: 'text' } as const;
const NUMERIC = { sql: 'numeric', base: 'numeric', baseSchema: 'pg_catalog', category: 'numeric' } as const;
const ANY_MEMBER = '*';
/** Each patch copies the document once; from some number on, one walk over all members costs less. */
const MOST_PATCHES = 6;

/** A document masked by paths. jsonb is used throughout, so json loses its spaces and repeated members. */
export function maskJson(subject: Subject, strategy: JsonStrategy, maskPart: MaskPart): Outcome {
  const { value, type } = subject;
  if (type.category !== 'json' && type.category !== 'text') {
    return refuse(`\`json\` masks json, jsonb and text, not ${type.sql}`, 'Use another strategy.');
  }
  const scope: Scope = { subject, otherwise: strategy.otherwise, maskPart, refusals: [], notes: new Set() };
  const document = 'j0.v';
  const masked = `(SELECT ${node(treeOf(strategy), document, scope, 1)} FROM (SELECT ${cast(value, 'jsonb')} AS v OFFSET 0) AS j0)`;
  const [refused] = scope.refusals;
  if (refused !== undefined) return refused;
  if (type.category === 'json') return facts(choose([[`(${value} IS NOT NULL)`, masked]], 'NULL'), scope);
  const isDocument = op('~', cast(value, 'text'), text('^\\s*[[{]'));
  const other = shaped('b0.v', { domain: subject.domain, seed: 'b0.v', letters: 'letters' });
  const plain = `(SELECT ${other} FROM (SELECT ${cast(value, 'text')} AS v OFFSET 0) AS b0)`;
  scope.notes.add('A text that begins like JSON and is none stops the refresh; others are masked as text.');
  return facts(choose([[isDocument, cast(masked, 'text')]], plain), scope);
}

function facts(sql: string, { notes }: Scope): Masked {
  return maskedAs(sql, { notes: [...notes] });
}

/** Paths as a tree; of the members that a path names, `*` is all the others. */
function treeOf({ paths }: JsonStrategy): Node {
  const build = (rest: readonly { path: readonly string[]; strategy: Strategy }[]): Node => {
    const names = new Set(rest.flatMap(({ path }) => path.slice(0, 1)));
    const wild = rest.filter(({ path }) => path[0] === ANY_MEMBER);
    const below = (name: string) =>
      [...(name === ANY_MEMBER ? [] : wild), ...rest.filter(({ path }) => path[0] === name)].map((one) => ({
        ...one,
        path: one.path.slice(1),
      }));
    return {
      strategy: rest.findLast(({ path }) => path.length === 0)?.strategy,
      members: new Map([...names].map((name) => [name, build(below(name))])),
    };
  };
  return build(paths);
}

/** A jsonb of the jsonb at `value`: its own strategy decides where no longer path does. */
function node(tree: Node, value: string, scope: Scope, depth: number): string {
  const own = tree.strategy === undefined ? undefined : leaf(tree.strategy, value, scope, depth);
  if (tree.members.size === 0) return own ?? leftOver(value, scope, depth);
  const inner = tree.strategy === undefined ? scope : { ...scope, otherwise: 'fail' as const };
  const rest = (member: string): string =>
    tree.strategy === undefined
      ? leftOver(member, inner, depth)
      : leaf(tree.strategy, member, scope, depth + 1);
  const alias = `j${depth}`;
  const named = [...tree.members].filter(([name]) => name !== ANY_MEMBER);
  const wild = tree.members.get(ANY_MEMBER);
  const each = wild === undefined ? rest(`${alias}.v`) : node(wild, `${alias}.v`, scope, depth + 1);
  const branches = named.map(
    ([name, below]) =>
      [op('=', `${alias}.k`, text(name)), node(below, `${alias}.v`, scope, depth + 1)] as const,
  );
  const drops = scope.otherwise === 'drop' && wild === undefined && tree.strategy === undefined;
  const filter = drops
    ? ` WHERE ${named.length === 0 ? 'false' : `${alias}.k IN (${named.map(([name]) => text(name)).join(', ')})`}`
    : '';
  const clears = tree.strategy === undefined ? scope.otherwise === 'clear' : tree.strategy.as === 'clear';
  const walked = `(SELECT COALESCE(pg_catalog.jsonb_object_agg(${alias}.k, ${branches.length === 0 ? each : choose(branches, each)}), '{}') FROM pg_catalog.jsonb_each(${value}) AS ${alias}(k, v)${filter})`;
  const isPatch = clears && wild === undefined && named.length <= MOST_PATCHES;
  const object = isPatch ? patched(value, named, scope, depth) : walked;
  const list =
    drops && wild === undefined
      ? `'[]'::pg_catalog.jsonb`
      : `(SELECT COALESCE(pg_catalog.jsonb_agg(${each} ORDER BY ${alias}.o), '[]') FROM pg_catalog.jsonb_array_elements(${value}) WITH ORDINALITY AS ${alias}(v, o))`;
  const scalar =
    own ?? choose([[op('=', value, `'null'::pg_catalog.jsonb`), value]], dropped(value, scope, depth));
  return choose(
    [
      [op('=', call('jsonb_typeof', value), `'object'`), object],
      [op('=', call('jsonb_typeof', value), `'array'`), list],
    ],
    scalar,
  );
}

/** An object of which a few members alone change: each is set at its place, and the others are not looked at. */
function patched(
  value: string,
  named: readonly (readonly [string, Node])[],
  scope: Scope,
  depth: number,
): string {
  const alias = `p${depth}`;
  const isMissing = `(${alias}.v IS NULL)`;
  return named.reduce((document, [name, below]) => {
    const member = call('jsonb_object_field', value, text(name));
    const masked = choose(
      [[isMissing, `'null'::pg_catalog.jsonb`]],
      node(below, `${alias}.v`, scope, depth + 1),
    );
    const found = `(SELECT ${masked} FROM (SELECT ${member} AS v OFFSET 0) AS ${alias})`;
    return call('jsonb_set', document, `ARRAY[${text(name)}]`, found, 'false');
  }, value);
}

/** A value that stands where an object was expected. */
function dropped(value: string, scope: Scope, depth: number): string {
  return scope.otherwise === 'drop' ? `'null'::pg_catalog.jsonb` : leftOver(value, scope, depth);
}

/** What no path names. An error at run time names the column alone: a member's name can be a person's. */
function leftOver(value: string, scope: Scope, depth: number): string {
  const { otherwise, subject } = scope;
  if (otherwise === 'clear') return value;
  if (otherwise === 'mask') return leaves(TEXT_MASK, value, scope, depth);
  if (otherwise === 'drop') return `'null'::pg_catalog.jsonb`;
  const message = `a document in ${placeOf(subject)} has a member that no path of the masking profile names`;
  const told = concat(call('left', cast(value, 'text'), 0), text(message));
  return call('to_jsonb', cast(told, 'int4'));
}

const TEXT_MASK: Strategy = { as: 'text' };

/** A strategy for a whole member: null and {} at once, all else on each string and number in it. */
function leaf(strategy: Strategy, value: string, scope: Scope, depth: number): string {
  if (strategy.as === 'clear') return value;
  if (strategy.as === 'null') return `'null'::pg_catalog.jsonb`;
  if (strategy.as === 'empty') {
    const kind = call('jsonb_typeof', value);
    const empty: readonly (readonly [string, string])[] = [
      ['object', '{}'],
      ['array', '[]'],
      ['string', '""'],
      ['number', '0'],
      ['boolean', 'false'],
    ];
    return choose(
      empty.map(([name, json]) => [op('=', kind, `'${name}'`), `'${json}'::pg_catalog.jsonb`] as const),
      value,
    );
  }
  if (strategy.as === 'set') {
    const constant = call('to_jsonb', text(strategy.value));
    return choose(
      [[op('=', call('jsonb_typeof', value), `'string'`), constant]],
      leaves(TEXT_MASK, value, scope, depth),
    );
  }
  if (strategy.as === 'sql' || strategy.as === 'derive') {
    scope.refusals.push(refuse(`\`${strategy.as}\` inside a document`, 'Use `sql` for the whole column.'));
    return value;
  }
  if (strategy.as === 'json')
    return node(treeOf(strategy), value, { ...scope, otherwise: strategy.otherwise }, depth + 1);
  return leaves(strategy.as === 'elements' ? strategy.each : strategy, value, scope, depth);
}

const TOKENS = '"(?:[^"\\\\]|\\\\.)*"(?:\\s*:)?|-?[0-9][0-9.eE+-]*|[^"0-9-]+|-';

/**
 * Every string and number at any depth. The document's own text is cut into strings, numbers and the rest; a string with
 * a colon behind it is a member's name and stays. No recursion, so no depth is too deep.
 */
function leaves(strategy: Strategy, value: string, scope: Scope, depth: number): string {
  const token = `t${depth}`;
  const string = stringMask(strategy, stringOf(cast(`${token}.t`, 'jsonb')), scope);
  const first = call('left', `${token}.t`, 1);
  const isName = op('=', call('right', `${token}.t`, 1), `':'`);
  const one = choose(
    [
      [`(${op('=', first, `'"'`)} AND NOT ${isName})`, cast(call('to_jsonb', cast(string, 'text')), 'text')],
      [op('~', `${token}.t`, `'^-?[0-9]'`), cast(numberMask(strategy, `${token}.t`, scope), 'text')],
    ],
    `${token}.t`,
  );
  const rows = `pg_catalog.regexp_matches(${cast(value, 'text')}, ${text(TOKENS)}, 'g') WITH ORDINALITY AS r${depth}(m, o)`;
  const all = `(SELECT ${cast(`pg_catalog.string_agg(${one}, '' ORDER BY ${token}.o)`, 'jsonb')} FROM (SELECT r${depth}.m[1] AS t, r${depth}.o FROM ${rows} OFFSET 0) AS ${token})`;
  const alone = stringMask(strategy, stringOf(value), scope);
  // Most leaves are one string, which needs no cutting.
  const isString = op('=', call('jsonb_typeof', value), `'string'`);
  return choose([[isString, call('to_jsonb', cast(alone, 'text'))]], all);
}

/** The text of a jsonb that is a string. */
const stringOf = (value: string): string =>
  call('jsonb_extract_path_text', value, `VARIADIC '{}'::pg_catalog.text[]`);

function stringMask(strategy: Strategy, value: string, scope: Scope): string {
  const inner = `(SELECT ${maskOf(strategy, { ...scope.subject, value: 's.v', type: TEXT }, scope)} FROM (SELECT ${value} AS v OFFSET 0) AS s)`;
  return inner;
}

/** A number stays a number: noise where that is asked, else digit for digit, without zeros in front. */
function numberMask(strategy: Strategy, token: string, scope: Scope): string {
  const number = `(SELECT ${cast(
    strategy.as === 'noise'
      ? maskOf(strategy, { ...scope.subject, value: 's.v', type: NUMERIC }, scope)
      : digitsOfNumber('s.t', scope.subject.domain),
    'text',
  )} FROM (SELECT ${cast(token, 'numeric')} AS v, ${token} AS t OFFSET 0) AS s)`;
  return number;
}

function digitsOfNumber(token: string, domain: string): string {
  const digits = shaped(token, { domain, seed: token, letters: 'letters', ascii: true });
  const mantissa = call('regexp_replace', digits, text('[A-Za-z].*$'), `''`);
  return call('regexp_replace', mantissa, text('^(-?)0(?=[0-9])'), text('\\11'));
}

/** A part's SQL; refusals and notes are kept for the whole column. */
function maskOf(strategy: Strategy, part: Subject, scope: Scope): string {
  const fallback: Strategy =
    strategy.as === 'noise' || strategy.as === 'shift' ? strategyForText(strategy, part) : strategy;
  const outcome = scope.maskPart(fallback, part);
  if ('refusal' in outcome) {
    scope.refusals.push(outcome);
    return part.value;
  }
  for (const note of outcome.notes) scope.notes.add(note);
  return outcome.sql;
}

/** A date or a number that stands as a string is masked as a code: what it is shows only in each value. */
function strategyForText(strategy: Strategy, { type }: Subject): Strategy {
  return type.category === 'text' ? { as: 'code' } : strategy;
}
