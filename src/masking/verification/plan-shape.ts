/** A node of EXPLAIN's plan, as far as its shape goes. */
export type PlanShape = {
  /** Node type, join type and strategy, relation and index: `Index Scan public.orders orders_pkey`. */
  readonly node: string;
  readonly inputs: readonly PlanShape[];
};

const NAMES = [
  'Node Type',
  'Join Type',
  'Strategy',
  'Partial Mode',
  'Command',
  'Parent Relationship',
  'Schema',
  'Relation Name',
  'Index Name',
] as const;

/** Nodes that depend on free workers and memory more than on the data. */
const PASSING = /^(Gather|Gather Merge|Materialize|Memoize)( |$)/;

/**
 * The shape of a plan that EXPLAIN (FORMAT JSON) gave: node types, relations, indexes and their order, without costs,
 * conditions and aliases.
 * @throws TypeError when it is no such plan.
 */
export function planShape(explained: unknown): PlanShape {
  const root = Array.isArray(explained) ? (explained[0] as { Plan?: unknown } | undefined)?.Plan : undefined;
  if (typeof root !== 'object' || root === null)
    throw new TypeError('This is no plan of EXPLAIN (FORMAT JSON).');
  return shapeOf(root as Readonly<Record<string, unknown>>);
}

function shapeOf(plan: Readonly<Record<string, unknown>>): PlanShape {
  const inputs = (Array.isArray(plan.Plans) ? plan.Plans : []).map((input) => shapeOf(input));
  const node = NAMES.flatMap((name) => (typeof plan[name] === 'string' ? [plan[name]] : [])).join(' ');
  const [only] = inputs;
  return PASSING.test(node) && inputs.length === 1 && only !== undefined ? only : { node, inputs };
}

/** The first difference of two shapes, walked from the top: what the one has and the other; undefined when equal. */
export function firstDifference(
  before: PlanShape,
  after: PlanShape,
): { readonly before: string; readonly after: string } | undefined {
  if (before.node !== after.node) return { before: before.node, after: after.node };
  const most = Math.max(before.inputs.length, after.inputs.length);
  for (let at = 0; at < most; at += 1) {
    const [one, other] = [before.inputs[at], after.inputs[at]];
    if (one === undefined || other === undefined)
      return { before: one?.node ?? 'nothing', after: other?.node ?? 'nothing' };
    const found = firstDifference(one, other);
    if (found !== undefined) return found;
  }
  return undefined;
}
