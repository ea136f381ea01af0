import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** npm run new-rule <slug> [directory]: a rule's folder to fill in, and the registry with it. */

const TYPE_LINE = "import type { Rule } from './rule.ts';";

/** The text of registry.ts for these folders. */
export function registryText(slugs: readonly string[]): string {
  const sorted = [...slugs].sort();
  const imports = sorted.map((slug) => ({
    // The formatter compares paths part by part, so that alter-constraint stands before alter-constraint-enforced.
    path: slug,
    line: `import { rule as ${variable(slug)} } from './${slug}/rule.ts';`,
  }));
  const lines = [...imports, { path: 'rule.ts', line: TYPE_LINE }]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ line }) => line);
  return `${lines.join('\n')}

/** Every rule, by name. A folder that is missing here fails the law test. */
export const rules: readonly Rule[] = [
${sorted.map((slug) => `  ${variable(slug)},\n`).join('')}];
`;
}

function variable(slug: string): string {
  return slug.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

const TITLE = 'What goes wrong, in a few words';

function ruleFiles(slug: string): Readonly<Record<string, string>> {
  return {
    'rule.ts': `import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';

function check(_statement: Statement, _context: RuleContext): readonly Complaint[] {
  return [];
}

export const rule: Rule = {
  slug: '${slug}',
  section: 'tables',
  title: '${TITLE}',
  condition: 'The statement that triggers it.',
  effect: 'Who waits, or what breaks.',
  workaround: 'What to write instead.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  check,
};
`,
    'bad.sql':
      '-- setup\nCREATE TABLE orders (id bigint PRIMARY KEY);\nINSERT INTO orders SELECT generate_series(1, 100);\n-- migration\nSELECT 1;\n',
    'good.sql':
      '-- setup\nCREATE TABLE orders (id bigint PRIMARY KEY);\nINSERT INTO orders SELECT generate_series(1, 100);\n-- migration\nSELECT 1;\n',
    'doc.md': `# ${TITLE}\n\nWhat the server does, what to write instead, when the rule is silent.\n`,
  };
}

function write(slug: string, directory: string): void {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(slug))
    throw new Error(`"${slug}" is no name for a rule: write it as drop-column.`);
  const folder = join(directory, slug);
  if (existsSync(folder)) throw new Error(`There is a rule ${slug} already: ${folder}.`);
  mkdirSync(folder);
  for (const [name, text] of Object.entries(ruleFiles(slug))) writeFileSync(join(folder, name), text);
  const entries = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  writeFileSync(join(directory, 'registry.ts'), registryText(entries.map(({ name }) => name)));
  console.log(`Wrote ${folder} and the registry. Fill the four files in; test/rules/law.pg.test.ts fails until the server agrees.
Then run npm run docs for the table in README.md.`);
}

if (process.argv[1] === import.meta.filename) {
  try {
    const [slug = '', directory = join(import.meta.dirname, '..', 'src', 'rules')] = process.argv.slice(2);
    write(slug, directory);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
