import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type YAMLError,
} from 'yaml';
import { UserError } from '../errors.ts';
import type { Place } from '../sql/statement.ts';
import { inert, type Problem } from './problems.ts';

/** Longest policy that is read, in UTF-8 bytes: 1 MiB. */
export const MAXIMUM_POLICY_BYTES = 1024 * 1024;
const MAXIMUM_ALIASES = 50;
const MAXIMUM_PROBLEMS = 50;

/** A text that is one clean YAML document, with the way from offsets (UTF-16) to lines. */
export type YamlText = {
  readonly file: string;
  readonly text: string;
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
};

/** Reads one YAML 1.2 document. Throws UserError with every problem: syntax, doubled keys, tags, a second document, more than 1 MiB. */
export function readYaml(text: string, file: string): YamlText {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAXIMUM_POLICY_BYTES) {
    throw new UserError(`${file} is ${bytes} bytes long; at most ${MAXIMUM_POLICY_BYTES} (1 MiB) are read.`, {
      hint: 'Keep only the policy in this file.',
    });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.2',
    lineCounter: lines,
    // The parser compares each key with every other: a file of 1 MiB would take minutes.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
  });
  // An unknown tag is only a warning to the parser; here nothing may be half understood.
  const errors: readonly YAMLError[] = [...document.errors, ...document.warnings];
  const problems = [
    ...errors.map((error) => ({ offset: error.pos[0], text: yamlProblem(error) })),
    ...doubledKeys(document.contents).map((offset) => ({ offset, text: DOUBLED })),
  ];
  if (problems.length > 0) refuse(file, problems, lines);
  return { file, text, document, lines };
}

const DOUBLED = 'This key stands here twice; keep one of the two.';

/** Offsets of keys that their mapping has already. */
function doubledKeys(top: unknown): readonly number[] {
  const found: number[] = [];
  const todo: unknown[] = [top];
  while (todo.length > 0) {
    const node = todo.pop();
    if (isSeq(node)) for (const item of node.items) todo.push(item);
    if (!isMap(node)) continue;
    const seen = new Set<unknown>();
    for (const { key, value } of node.items) {
      todo.push(key, value);
      if (!isScalar(key)) continue;
      if (seen.has(key.value)) found.push(startOf(key) ?? 0);
      seen.add(key.value);
    }
  }
  return found;
}

const YAML_ADVICE: Partial<Record<YAMLError['code'], string>> = {
  MULTIPLE_DOCS: 'A second document begins here; write one document, without a `---` line between.',
  TAB_AS_INDENT: 'A tab indents this line; YAML takes spaces only.',
  TAG_RESOLVE_FAILED: 'Tags (`!…`) are not allowed; write the plain value.',
};

function yamlProblem(error: YAMLError): string {
  return YAML_ADVICE[error.code] ?? `This is not YAML: ${inert(error.message)}.`;
}

/** The document as plain data. Throws UserError for aliases that lead nowhere or multiply. */
export function toValue({ document, file }: YamlText): unknown {
  try {
    return document.toJS({ maxAliasCount: MAXIMUM_ALIASES });
  } catch (cause) {
    throw new UserError(`${file} uses aliases (\`*name\`) that cannot be followed or are too many.`, {
      hint: `Write the values out; at most ${MAXIMUM_ALIASES} uses of an alias are followed.`,
      cause,
    });
  }
}

/** Offset of the deepest node on the path that exists; of the last step's key rather than its value when `key` is set. */
export function offsetOf({ document }: YamlText, path: readonly PropertyKey[], key: boolean): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, step] of path.entries()) {
    const pair = isMap(node)
      ? node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
      : undefined;
    node = pair ? pair.value : isSeq(node) ? node.items[Number(step)] : undefined;
    const last = index === path.length - 1;
    const found = (last && key ? startOf(pair?.key) : undefined) ?? startOf(node) ?? startOf(pair?.key);
    if (found === undefined) break;
    offset = found;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/** Where a node stands. */
export function placeOf(node: unknown, { text, file, lines }: YamlText): Place {
  const [start, end] = isNode(node) && node.range ? node.range : [0, 0];
  const from = lines.linePos(start);
  const to = lines.linePos(end);
  return {
    file,
    line: from.line,
    column: from.col,
    endLine: to.line,
    endColumn: to.col,
    startByte: Buffer.byteLength(text.slice(0, start)),
    endByte: Buffer.byteLength(text.slice(0, end)),
  };
}

/** Throws one UserError that lists the problems in the order of the text. */
export function refuse(file: string, problems: readonly Problem[], lines: LineCounter): never {
  const sorted = problems.toSorted((a, b) => a.offset - b.offset);
  const listed = sorted.slice(0, MAXIMUM_PROBLEMS).map(({ offset, text }) => {
    const { line, col } = lines.linePos(offset);
    return `  line ${Math.max(line, 1)}, column ${Math.max(col, 1)}: ${text}`;
  });
  const more = problems.length - listed.length;
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  const rest = more > 0 ? [`  and ${more} more`] : [];
  throw new UserError([`${file} has ${count}:`, ...listed, ...rest].join('\n'), {
    hint: `Mend ${file} on the base branch; nothing is guessed from a policy that is not understood.`,
  });
}
