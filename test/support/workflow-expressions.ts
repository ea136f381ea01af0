/** `github`, `steps`, `job` and so on, as nested records. */
export type Contexts = Readonly<Record<string, unknown>>;

const part = /^(?:\.([A-Za-z_][\w-]*)|\['([^']*)'\])/;

function lookUp(expression: string, contexts: Contexts): string {
  const root = /^[A-Za-z_][\w-]*/.exec(expression)?.[0];
  if (root === undefined || !(root in contexts)) {
    throw new Error(`The harness cannot evaluate \${{ ${expression} }}: it knows ${Object.keys(contexts)}`);
  }
  let value = contexts[root];
  let rest = expression.slice(root.length);
  while (rest !== '') {
    const match = part.exec(rest);
    if (!match) throw new Error(`The harness evaluates only look-ups, not \${{ ${expression} }}`);
    const key = match[1] ?? match[2] ?? '';
    value = (value as Record<string, unknown> | undefined)?.[key];
    rest = rest.slice(match[0].length);
  }
  return value === undefined || value === null ? '' : String(value);
}

/**
 * Replaces each `${{ … }}` of `template` by a look-up such as `github.token` or `steps.id.outputs.name`.
 * What is missing is the empty text, as on the runner. Throws on anything but a look-up.
 */
export function evaluateTemplate(template: string, contexts: Contexts): string {
  return template.replace(/\$\{\{(.*?)\}\}/gs, (_, expression: string) =>
    lookUp(expression.trim(), contexts),
  );
}

const statusFunctions: Readonly<Record<string, (outcome: 'success' | 'failure' | 'cancelled') => boolean>> = {
  'always()': () => true,
  'success()': (outcome) => outcome === 'success',
  'failure()': (outcome) => outcome === 'failure',
  'cancelled()': (outcome) => outcome === 'cancelled',
};

/** Whether a `post-if` of one status function holds for the job's outcome so far. Throws on other conditions. */
export function postCondition(condition: string, outcome: 'success' | 'failure' | 'cancelled'): boolean {
  const name = condition.replace(/^\$\{\{|\}\}$/g, '').trim();
  const holds = statusFunctions[name];
  if (!holds) throw new Error(`The harness cannot evaluate post-if: ${condition}`);
  return holds(outcome);
}
