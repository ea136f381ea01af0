/**
 * A tree as JSON text, without the members that `leavesOut` names. As JSON.stringify writes it, but in a loop: a parse
 * tree may be thousands deep.
 */
export function treeText(root: unknown, leavesOut: ReadonlySet<string> = NONE): string {
  const parts: string[] = [];
  const open: Todo[] = [{ value: root }];
  for (let todo = open.pop(); todo !== undefined; todo = open.pop()) {
    if ('text' in todo) parts.push(todo.text);
    else if (typeof todo.value !== 'object' || todo.value === null)
      parts.push(JSON.stringify(todo.value) ?? 'null');
    else for (const next of opened(todo.value, leavesOut)) open.push(next);
  }
  return parts.join('');
}

type Todo = { readonly text: string } | { readonly value: unknown };
const NONE: ReadonlySet<string> = new Set();

/** What is still to be written of a list or an object, the first of it last. */
function opened(value: object, leavesOut: ReadonlySet<string>): Todo[] {
  const isList = Array.isArray(value);
  const todo: Todo[] = [{ text: isList ? '[' : '{' }];
  for (const [key, member] of Object.entries(value)) {
    if (!isList && (member === undefined || leavesOut.has(key))) continue;
    const comma = todo.length > 1 ? ',' : '';
    todo.push({ text: isList ? comma : `${comma}${JSON.stringify(key)}:` }, { value: member });
  }
  todo.push({ text: isList ? ']' : '}' });
  return todo.reverse();
}
