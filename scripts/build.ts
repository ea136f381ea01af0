import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { type BuildResult, build } from 'esbuild';
import { actionNames } from '../src/actions/names.ts';
import { PAGES_FILE, rulePages } from '../src/operations/rule-pages.ts';

const root = resolve(import.meta.dirname, '..');

/** CommonJS packages inside an ES module bundle still ask for these. */
const banner = [
  "import { createRequire as __createRequire } from 'node:module';",
  "import { dirname as __dirnameOf } from 'node:path';",
  "import { fileURLToPath as __pathOf } from 'node:url';",
  'const require = __createRequire(import.meta.url);',
  'const __filename = __pathOf(import.meta.url);',
  'const __dirname = __dirnameOf(__filename);',
].join('\n');

/**
 * What the shared chunk holds: the actions and the command line, which know nothing of each other. Imported late, each
 * runs only what it needs itself: a lint at a terminal neither pays for GitHub's client nor holds it in memory.
 */
const everything = `
export const runNamedAction = async (name) => (await import('./src/actions/run-named.ts')).runNamedAction(name);
export const runPost = async () => (await import('./src/actions/run-named.ts')).runPost();
export const runCli = async (args) => (await import('./src/cli/main.ts')).main(args);
`;

/** One thin entry per action and for the post step. All code is in the shared chunk. */
function entries(): Readonly<Record<string, string>> {
  const calls = Object.fromEntries(actionNames.map((name) => [name, `runNamedAction('${name}')`]));
  return { ...calls, post: 'runPost()' };
}

function entryText(call: string): string {
  return `import { ${call.slice(0, call.indexOf('('))} } from './shared.mjs';\n\nawait ${call};\n`;
}

/**
 * The command line keeps what V8 makes of the code, which is a quarter of a small lint's time. In the user's own folder,
 * since compiled code that others may write (the default is below /tmp) is code that others may choose. An action runs
 * once on a machine and has nothing of it.
 */
const CLI_TEXT = `import * as nodeModule from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

try {
  nodeModule.enableCompileCache?.(join(homedir(), '.cache', 'pullgres', 'compiled'));
} catch {
  // A user without a home has the code compiled each time.
}
const { runCli } = await import('./shared.mjs');
await runCli(process.argv.slice(2));
`;

/** Packages whose code is in the bundle, with their licence texts: MIT and BSD ask that the notice goes along. */
async function licences(result: BuildResult): Promise<string> {
  const folders = new Set<string>();
  for (const input of Object.keys(result.metafile?.inputs ?? {})) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match?.[1]) folders.add(match[1]);
  }
  const texts = await Promise.all([...folders].sort().map(licenceOf));
  return texts.join('\n\n');
}

async function licenceOf(folder: string): Promise<string> {
  const at = join(root, folder);
  const manifest = JSON.parse(await readFile(join(at, 'package.json'), 'utf8'));
  const head = `${manifest.name} ${manifest.version} (${manifest.license})`;
  for (const name of ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license', 'LICENCE']) {
    const text = await readFile(join(at, name), 'utf8').catch(() => undefined);
    if (text) return `${head}\n${text.trim().replaceAll('\r\n', '\n')}`;
  }
  return head;
}

/** Builds every bundle into `directory`, byte for byte the same wherever the checkout stands. */
export async function buildInto(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const name of await readdir(directory)) {
    if (/\.(mjs|wasm|txt|json)$/.test(name)) await rm(join(directory, name));
  }
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  // Without esbuild's splitting a dynamic import is inlined and still runs late: one chunk of one stable name,
  // where splitting would name a chunk for every meeting of two imports by its content.
  const result = await build({
    absWorkingDir: root,
    stdin: { contents: everything, resolveDir: root, sourcefile: 'shared.ts' },
    entryNames: 'shared',
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // Node cannot load its ESM (paths without extensions), but only that can be cut to what is used.
    alias: { 'stdnum/lib/cjs': join(root, 'node_modules/stdnum/lib/esm') },
    format: 'esm',
    platform: 'node',
    target: 'node24',
    metafile: true,
    logLevel: 'warning',
    legalComments: 'none',
    banner: { js: banner },
    define: { __PULLGRES_VERSION__: JSON.stringify(version) },
  });
  for (const [name, call] of Object.entries(entries())) {
    await writeFile(join(directory, `${name}.mjs`), entryText(call));
  }
  await writeFile(join(directory, 'cli.mjs'), CLI_TEXT);
  const require = createRequire(import.meta.url);
  const wasm = join(dirname(require.resolve('libpg-query')), 'libpg-query.wasm');
  await copyFile(wasm, join(directory, 'libpg-query.wasm'));
  const pages = Object.fromEntries(await rulePages());
  await writeFile(join(directory, PAGES_FILE), `${JSON.stringify(pages, undefined, 1)}\n`);
  await writeFile(join(directory, 'licenses.txt'), `${await licences(result)}\n`);
}

if (import.meta.main) await buildInto(process.argv[2] ?? join(root, 'dist'));
