import { bareName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { createdIndex } from '../index-statements.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

type Method = {
  readonly parameters: readonly string[];
  readonly advice: (rows: number | undefined) => string;
};

/** The build parameters of pgvector's methods, with the advice of its README on their values. */
const METHODS: Readonly<Record<string, Method>> = {
  ivfflat: {
    parameters: ['lists'],
    advice: (rows) =>
      `Write ${code(`WITH (lists = ${lists(rows)})`)}, about a thousandth of the rows, and build it when the table holds data.`,
  },
  hnsw: {
    parameters: ['m', 'ef_construction'],
    advice: () =>
      `Write ${code('WITH (m = 16, ef_construction = 64)')} or what your recall asks for, and put a ${code('SET maintenance_work_mem')} with room for the whole graph before it.`,
  },
};

const USUAL_LISTS = 100;

function lists(rows: number | undefined): number {
  if (rows === undefined || rows < 10_000) return USUAL_LISTS;
  return Math.round(rows <= 1_000_000 ? rows / 1000 : Math.sqrt(rows));
}

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  const made = createdIndex(statement, catalog);
  const method = METHODS[made?.node.accessMethod ?? ''];
  if (made === undefined || method === undefined || made.onTable?.isNew) return [];
  const given = (made.node.options ?? []).flatMap((option) =>
    'DefElem' in option ? [option.DefElem.defname ?? ''] : [],
  );
  if (method.parameters.some((parameter) => given.includes(parameter))) return [];
  const index = bareName(made.index);
  return [
    {
      relation: made.table,
      part: index,
      message: `${code(index)} is built with the default ${method.parameters.map(code).join(' and ')}, which fix its recall and its build time until it is built again.`,
      help: method.advice(made.onTable?.rows),
    },
  ];
}

export const rule: Rule = {
  slug: 'vector-index-params',
  section: 'indexes',
  title: 'A vector index is built with default parameters',
  condition: 'An `ivfflat` or `hnsw` index of pgvector without build parameters.',
  effect: 'Recall and build time are left to chance, and only a new build changes them.',
  workaround: 'Choose `lists`, or `m` and `ef_construction`, for the size of the table.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['IndexStmt'],
  check,
};
