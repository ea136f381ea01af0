import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import type { ParseResult } from '@pgsql/types';
import load, { type ParserModule } from 'libpg-query/wasm/libpg-query.js';

/** The grammar's refusal. `position` counts characters (code points) from 0. */
export type Refusal = { readonly message: string; readonly position: number };
export type EngineResult =
  | { readonly tree: ParseResult; readonly refusal?: undefined }
  | { readonly tree?: undefined; readonly refusal: Refusal };

type Engine = { readonly parser: ParserModule; readonly restart: () => void };

let engine: Engine | undefined;

/** Loads the WebAssembly once, about 20 ms. */
export async function loadEngine(): Promise<void> {
  engine ??= await startEngine();
}

/** Parses one piece of SQL in UTF-8 without NUL bytes. Nesting too deep for the machine's stack is a refusal like any other. */
export function parseBytes(bytes: Uint8Array): EngineResult {
  return guarded((parser) => {
    const text = copyIn(parser, bytes);
    const result = parser._wasm_parse_query_raw(text);
    // PgQueryParseResult holds three pointers: tree, stderr, error (pg_query.h).
    const error = parser.getValue(result + 8, 'i32');
    const outcome: EngineResult = error
      ? { refusal: readRefusal(parser, error) }
      : { tree: JSON.parse(parser.UTF8ToString(parser.getValue(result, 'i32'))) };
    parser._free(text);
    parser._wasm_free_parse_result(result);
    return outcome;
  });
}

/** Parses one CREATE FUNCTION or DO statement in PL/pgSQL and gives the functions' trees, or a refusal without a place. */
export function parsePlpgsql(bytes: Uint8Array): { functions: unknown } | { refusal: Refusal } {
  return guarded((parser) => {
    const text = copyIn(parser, bytes);
    const result = parser._wasm_parse_plpgsql(text);
    const answer = parser.UTF8ToString(result);
    parser._free(text);
    parser._wasm_free_string(result);
    // Success is always a JSON object, anything else is the error's text.
    if (!answer.startsWith('{')) return { refusal: { message: answer, position: 0 } };
    return { functions: JSON.parse(answer) };
  });
}

async function startEngine(): Promise<Engine> {
  // Else V8 compiles much-used functions a second time in the background, and the process waits for that at its end:
  // 0.3 s of the 0.5 s in which one migration is linted (Node 24).
  setFlagsFromString('--no-wasm-dynamic-tiering');
  setFlagsFromString('--no-wasm-tier-up');
  const compiled = new WebAssembly.Module(readFileSync(wasmFile()));
  let exported: WebAssembly.Exports = {};
  const parser = await load({
    instantiateWasm(imports, receive) {
      const instance = new WebAssembly.Instance(compiled, imports);
      exported = instance.exports;
      receive(instance);
    },
  });
  return { parser, restart: restarter(parser, exported as StackExports) };
}

/** `emscripten_stack_restore` and `emscripten_stack_get_current`, by the short names that libpg-query 18.1.5 was linked with. */
type StackExports = { readonly Q: (pointer: number) => void; readonly R: () => number };

/** Static data stands below the stack, the heap above it; libpg-query 18.1.5 was linked with a stack of this size. */
const STACK_BYTES = 32 * 1024 * 1024;

/** Puts stack and static data back as they were at the start. What the crash left in the heap is forgotten, not freed. */
function restarter(parser: ParserModule, { Q: setStack, R: getStack }: StackExports): () => void {
  const firstOfHeap = parser._malloc(1);
  parser._free(firstOfHeap);
  const end = firstOfHeap + 0x10000;
  const stack = getStack();
  // The stack is empty at the start: to look through its 32 MB for what is not zero would take longer than a small lint.
  const start = [
    ...filledPages(parser.HEAPU8, 0, stack - STACK_BYTES),
    ...filledPages(parser.HEAPU8, stack, end),
  ];
  return () => {
    parser.HEAPU8.fill(0, 0, end);
    for (const { at, bytes } of start) parser.HEAPU8.set(bytes, at);
    setStack(stack);
  };
}

type FilledPage = { readonly at: number; readonly bytes: Uint8Array };

const PAGE = 0x10000;
const EMPTY_PAGE = new Uint8Array(PAGE);

/** The pages that are not all zero. */
function filledPages(memory: Uint8Array, from: number, to: number): readonly FilledPage[] {
  const starts = Array.from({ length: Math.ceil((to - from) / PAGE) }, (_, index) => from + index * PAGE);
  return starts.flatMap((at) => {
    const bytes = memory.subarray(at, Math.min(at + PAGE, to));
    const isEmpty = Buffer.compare(bytes, EMPTY_PAGE.subarray(0, bytes.length)) === 0;
    return isEmpty ? [] : [{ at, bytes: bytes.slice() }];
  });
}

/** In a bundle the file stands beside it, otherwise in the package. */
function wasmFile(): URL | string {
  const require = createRequire(import.meta.url);
  return import.meta.url.endsWith('.ts')
    ? require.resolve('libpg-query/wasm/libpg-query.wasm')
    : new URL('./libpg-query.wasm', import.meta.url);
}

/** A crash inside WebAssembly leaves its stack and heap spoiled (35 of them break every later parse), so it is put back to its start. */
function guarded<T>(work: (parser: ParserModule) => T): T | { refusal: Refusal } {
  if (engine === undefined) throw new Error('loadParser() must be awaited before SQL is parsed');
  try {
    return work(engine.parser);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof WebAssembly.RuntimeError)) throw error;
    engine.restart();
    return { refusal: { message: 'nested too deeply', position: 0 } };
  }
}

function copyIn(parser: ParserModule, bytes: Uint8Array): number {
  const pointer = parser._malloc(bytes.length + 1);
  parser.HEAPU8.set(bytes, pointer);
  parser.HEAPU8[pointer + bytes.length] = 0;
  return pointer;
}

function readRefusal(parser: ParserModule, error: number): Refusal {
  const message = parser.UTF8ToString(parser.getValue(error, 'i32'));
  // PgQueryError: message, function, file, line, cursor (from 1, in characters; 0 when unknown).
  const cursor = parser.getValue(error + 16, 'i32');
  return { message, position: Math.max(cursor - 1, 0) };
}
