/**
 * GitHub's expressions, as far as the recipes in examples/ use them (docs: "Evaluate expressions in workflows and
 * actions"). What is not known here is an error, never passed over.
 */
import type { Contexts } from './workflow-expressions.ts';

export type Status = 'success' | 'failure' | 'cancelled';

/** What an expression may look at; `status` is that of the job's steps so far, or of the jobs that this one needs. */
export type Scope = { readonly contexts: Contexts; readonly status: Status };

type Tokens = { readonly texts: readonly string[]; at: number };

const TOKEN = /\s*('(?:[^']|'')*'|\d+(?:\.\d+)?|[A-Za-z_][\w-]*|==|!=|&&|\|\||[!().,*[\]])/y;

function tokensOf(expression: string): Tokens {
  const texts: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < expression.trimEnd().length) {
    const from = TOKEN.lastIndex;
    const text = TOKEN.exec(expression)?.[1];
    if (text === undefined)
      throw unknown(expression, `at ${JSON.stringify(expression.slice(from, from + 10))}`);
    texts.push(text);
  }
  return { texts, at: 0 };
}

const unknown = (expression: string, what: string) =>
  new Error(`The workflow runner cannot evaluate \${{ ${expression} }}: ${what}`);

/** The value of what stands between `${{` and `}}`. Throws on whatever it does not know. */
export function evaluate(expression: string, scope: Scope): unknown {
  const tokens = tokensOf(expression);
  const value = either(tokens, scope);
  if (tokens.at < tokens.texts.length)
    throw unknown(expression, `nothing can follow ${tokens.texts[tokens.at - 1]}`);
  return value;
}

function accept(tokens: Tokens, text: string): boolean {
  if (tokens.texts[tokens.at] !== text) return false;
  tokens.at += 1;
  return true;
}

function expect(tokens: Tokens, text: string): void {
  if (!accept(tokens, text)) throw unknown(tokens.texts.join(' '), `${text} is missing`);
}

function either(tokens: Tokens, scope: Scope): unknown {
  let value = both(tokens, scope);
  while (accept(tokens, '||')) {
    const other = both(tokens, scope);
    if (!isTrue(value)) value = other;
  }
  return value;
}

function both(tokens: Tokens, scope: Scope): unknown {
  let value = comparison(tokens, scope);
  while (accept(tokens, '&&')) {
    const other = comparison(tokens, scope);
    if (isTrue(value)) value = other;
  }
  return value;
}

function comparison(tokens: Tokens, scope: Scope): unknown {
  const value = negation(tokens, scope);
  if (accept(tokens, '==')) return isEqual(value, negation(tokens, scope));
  if (accept(tokens, '!=')) return !isEqual(value, negation(tokens, scope));
  return value;
}

function negation(tokens: Tokens, scope: Scope): unknown {
  return accept(tokens, '!') ? !isTrue(negation(tokens, scope)) : lookUp(tokens, scope);
}

/** Docs, "Operators": unequal types are compared as numbers, texts without case. */
function isEqual(one: unknown, other: unknown): boolean {
  if (typeof one === 'string' && typeof other === 'string') return one.toLowerCase() === other.toLowerCase();
  if (typeof one === typeof other) return one === other;
  return numberOf(one) === numberOf(other);
}

function numberOf(value: unknown): number {
  return value === null || value === undefined ? 0 : Number(value);
}

export function isTrue(value: unknown): boolean {
  return value !== null && value !== undefined && value !== '' && value !== 0 && value !== false;
}

function lookUp(tokens: Tokens, scope: Scope): unknown {
  let value = primary(tokens, scope);
  for (;;) {
    if (accept(tokens, '.')) {
      const key = tokens.texts[tokens.at++] ?? '';
      value = key === '*' ? Object.values(value as object) : member(value, key);
    } else if (accept(tokens, '[')) {
      value = member(value, String(either(tokens, scope)));
      expect(tokens, ']');
    } else return value;
  }
}

/** Of a list that `.*` made, the member of each that has it. What is missing is null, as on GitHub. */
function member(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value.map((each) => member(each, key)).filter((each) => each !== null);
  if (typeof value !== 'object' || value === null) return null;
  return (value as Record<string, unknown>)[key] ?? null;
}

const WORDS: Readonly<Record<string, unknown>> = { true: true, false: false, null: null };

function primary(tokens: Tokens, scope: Scope): unknown {
  const text = tokens.texts[tokens.at++] ?? '';
  if (text === '(') {
    const value = either(tokens, scope);
    expect(tokens, ')');
    return value;
  }
  if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'");
  if (/^\d/.test(text)) return Number(text);
  if (text in WORDS) return WORDS[text];
  if (accept(tokens, '(')) return call(text, argumentsOf(tokens, scope), scope);
  if (text in scope.contexts) return scope.contexts[text];
  throw unknown(
    tokens.texts.join(' '),
    `it knows no ${JSON.stringify(text)}, only ${Object.keys(scope.contexts)}`,
  );
}

function argumentsOf(tokens: Tokens, scope: Scope): unknown[] {
  const values: unknown[] = [];
  while (!accept(tokens, ')')) {
    if (values.length > 0) expect(tokens, ',');
    values.push(either(tokens, scope));
  }
  return values;
}

function call(name: string, [first, second]: readonly unknown[], { status }: Scope): unknown {
  switch (name) {
    case 'always':
      return true;
    case 'success':
    case 'failure':
      return status === name;
    case 'cancelled':
      return status === 'cancelled';
    case 'contains':
      return Array.isArray(first)
        ? first.some((each) => isEqual(each, second))
        : String(first ?? '')
            .toLowerCase()
            .includes(String(second ?? '').toLowerCase());
    case 'startsWith':
      return String(first ?? '')
        .toLowerCase()
        .startsWith(String(second ?? '').toLowerCase());
    case 'toJSON':
      return JSON.stringify(first, null, 2);
    case 'fromJSON':
      return JSON.parse(String(first));
    default:
      throw unknown(`${name}()`, 'it knows no such function');
  }
}

const textOf = (value: unknown): string => (value === null || value === undefined ? '' : String(value));

/** The text with each `${{ … }}` replaced by its value. */
export function fill(template: string, scope: Scope): string {
  return template.replace(/\$\{\{(.*?)\}\}/gs, (_, inner: string) => textOf(evaluate(inner.trim(), scope)));
}

/** `if:` of a job or step. Without a status function in it, it holds only after success (docs: "Status check functions"). */
export function holds(condition: unknown, scope: Scope): boolean {
  const text = condition === undefined ? 'success()' : String(condition).trim();
  const inner = /^\$\{\{(.*)\}\}$/s.exec(text)?.[1] ?? text;
  const isTold = /\b(?:always|success|failure|cancelled)\s*\(/.test(inner);
  return (isTold || scope.status === 'success') && isTrue(evaluate(inner.trim(), scope));
}
