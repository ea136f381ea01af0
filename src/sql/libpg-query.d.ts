/** The Emscripten factory inside libpg-query. Its public wrapper cannot be restarted after a crash; this can. */
declare module 'libpg-query/wasm/libpg-query.js' {
  export type ParserModule = {
    HEAPU8: Uint8Array;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    _wasm_parse_query_raw(text: number): number;
    _wasm_free_parse_result(result: number): void;
    _wasm_parse_plpgsql(text: number): number;
    _wasm_free_string(text: number): void;
    getValue(pointer: number, type: 'i32'): number;
    UTF8ToString(pointer: number): string;
  };
  type Hooks = {
    instantiateWasm(imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance) => void): void;
  };
  const load: (hooks: Hooks) => Promise<ParserModule>;
  // biome-ignore lint/style/noDefaultExport: the package's own shape
  export default load;
}
