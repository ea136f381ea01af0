import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { lockPages } from '../bench/locks/page.ts';
import { readTruth } from '../bench/locks/truth.ts';
import { actionNames } from '../src/actions/names.ts';
import { actions } from '../src/actions/run-named.ts';
import { evidenceJsonSchema } from '../src/evidence/read.ts';
import { refreshJsonSchema } from '../src/evidence/refresh-schema.ts';
import { sweepJsonSchema } from '../src/evidence/sweep-schema.ts';
import { maskingJsonSchema } from '../src/masking/profile/json-schema.ts';
import { tools } from '../src/migrations/registry.ts';
import { rehearsedTools } from '../src/migrations/rehearsed-tools.ts';
import { transactionModels } from '../src/migrations/transaction-models.ts';
import { policyJsonSchema } from '../src/policy/json-schema.ts';
import { branchOutputSchema } from '../src/report/branch-json-schema.ts';
import { doctorOutputSchema } from '../src/report/doctor-json-schema.ts';
import { lintOutputSchema } from '../src/report/lint-json-schema.ts';
import { maskOutputSchema } from '../src/report/mask-json-schema.ts';
import { migrationToolsPage } from '../src/report/migration-tools-page.ts';
import { rehearseOutputSchema } from '../src/report/rehearse-json-schema.ts';
import { rulesOf, standardSeverity } from '../src/report/rule-list.ts';
import { verifyOutputSchema } from '../src/report/verify-json-schema.ts';
import { OTHER_NAMES } from '../src/rules/other-names.ts';
import { SECTIONS } from '../src/rules/rule.ts';
import { describeInputs } from '../src/runner/inputs.ts';
import { policyPage } from './policy-page.ts';

const root = join(import.meta.dirname, '..');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function inputTable(name: (typeof actionNames)[number]): string {
  const rows = describeInputs(actions[name].inputs).map((input) => [
    `\`${input.name}\``,
    input.description,
    input.default === undefined ? '' : `\`${input.default}\``,
  ]);
  return table(['input', 'what it is', 'default'], rows);
}

function outputTable(name: (typeof actionNames)[number]): string {
  return table(
    ['output', 'what it is'],
    Object.entries(actions[name].outputs).map(([output, words]) => [`\`${output}\``, words]),
  );
}

/** The rules' sections with their number, for the README. */
function sectionTable(): string {
  const rows = SECTIONS.flatMap((section) => {
    const own = rulesOf(section);
    const off = own.filter(({ optIn }) => optIn).length;
    const number = off === 0 ? String(own.length) : `${own.length}, ${off} of them off by default`;
    return own.length === 0 ? [] : [[`[${section}](docs/rules.md#${section})`, number]];
  });
  return table(['rules about', 'how many'], rows);
}

/** docs/rules.md: every rule by section. */
function rulesPage(): string {
  const sections = SECTIONS.flatMap((section) => {
    const rows = rulesOf(section).map((rule) => [
      `[\`${rule.slug}\`](../src/rules/${rule.slug}/doc.md)`,
      standardSeverity(rule),
      rule.condition,
      rule.effect,
    ]);
    return rows.length === 0
      ? []
      : [`## ${section}`, '', table(['rule', 'severity', 'when', 'what it does to production'], rows), ''];
  });
  const others = Object.entries(OTHER_NAMES).flatMap(([name, { severity, title, help }]) => [
    `### ${name}`,
    '',
    `Severity ${severity}. ${title}. ${help}`,
    '',
  ]);
  return [
    '# Rules',
    '',
    'What `pullgres lint` and the rehearsal complain of. `off` is an opinion: the policy gives it a severity, or',
    '`pullgres lint --rule NAME=warning`. `pullgres explain NAME` prints a page in the terminal.',
    '',
    ...sections,
    '## Not about a statement',
    '',
    ...others,
  ].join('\n');
}

/** Replaces what stands between `<!-- generated:NAME -->` and `<!-- /generated -->`. */
function fill(text: string, name: string, content: string): string {
  const pattern = new RegExp(`(<!-- generated:${name} -->\\n)[\\s\\S]*?(<!-- /generated -->)`);
  if (!pattern.test(text)) throw new Error(`README.md has no place for generated:${name}`);
  return text.replace(pattern, (_, start: string, end: string) => `${start}\n${content}\n\n${end}`);
}

function actionPage(name: (typeof actionNames)[number]): string {
  const manifest = parse(readFileSync(join(root, 'actions', name, 'action.yml'), 'utf8'));
  const notes = join(root, 'actions', name, 'notes.md');
  return [
    `# ${manifest.name}`,
    '',
    manifest.description,
    '',
    ...(existsSync(notes) ? [readFileSync(notes, 'utf8').trim(), ''] : []),
    '## Inputs',
    '',
    inputTable(name),
    '',
    '## Outputs',
    '',
    outputTable(name),
    '',
  ].join('\n');
}

const [main, ...others] = actionNames;
const readme = join(root, 'README.md');
let text = readFileSync(readme, 'utf8');
text = fill(text, 'inputs', inputTable(main));
text = fill(text, 'outputs', outputTable(main));
text = fill(text, 'rules', sectionTable());
writeFileSync(readme, text);
for (const name of others) writeFileSync(join(root, 'actions', name, 'README.md'), actionPage(name));
mkdirSync(join(root, 'docs'), { recursive: true });
writeFileSync(
  join(root, 'docs', 'policy.schema.json'),
  `${JSON.stringify(policyJsonSchema(), undefined, 2)}\n`,
);
writeFileSync(
  join(root, 'docs', 'masking.schema.json'),
  `${JSON.stringify(maskingJsonSchema(), undefined, 2)}\n`,
);
writeFileSync(
  join(root, 'docs', 'mask.schema.json'),
  `${JSON.stringify(maskOutputSchema(), undefined, 2)}\n`,
);
writeFileSync(
  join(root, 'docs', 'evidence.schema.json'),
  `${JSON.stringify(evidenceJsonSchema(), undefined, 2)}\n`,
);
writeFileSync(
  join(root, 'docs', 'lint.schema.json'),
  `${JSON.stringify(lintOutputSchema(), undefined, 2)}\n`,
);
writeFileSync(
  join(root, 'docs', 'rehearse.schema.json'),
  `${JSON.stringify(rehearseOutputSchema(), undefined, 2)}\n`,
);
writeFileSync(
  join(root, 'docs', 'sweep.schema.json'),
  `${JSON.stringify(sweepJsonSchema(), undefined, 2)}\n`,
);
writeFileSync(
  join(root, 'docs', 'refresh.schema.json'),
  `${JSON.stringify(refreshJsonSchema(), undefined, 2)}\n`,
);
writeFileSync(
  join(root, 'docs', 'branch.schema.json'),
  `${JSON.stringify(branchOutputSchema(), undefined, 2)}\n`,
);
writeFileSync(
  join(root, 'docs', 'doctor.schema.json'),
  `${JSON.stringify(doctorOutputSchema(), undefined, 2)}\n`,
);
writeFileSync(
  join(root, 'docs', 'verify.schema.json'),
  `${JSON.stringify(verifyOutputSchema(), undefined, 2)}\n`,
);
writeFileSync(join(root, 'docs', 'rules.md'), rulesPage());
writeFileSync(join(root, 'docs', 'policy.md'), policyPage());
writeFileSync(
  join(root, 'docs', 'migration-tools.md'),
  migrationToolsPage(transactionModels, (name) => name in tools, rehearsedTools),
);
mkdirSync(join(root, 'docs', 'locks'), { recursive: true });
for (const [path, page] of lockPages(readTruth())) writeFileSync(join(root, 'docs', path), page);
