// What .github/workflows/release.yml asks of a tag: `node scripts/release.ts check v1.2.3` and `notes v1.2.3`.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The changelog's section of a version, without its heading; undefined when there is none. */
export function notesOf(changelog: string, version: string): string | undefined {
  const start = changelog.search(new RegExp(`^## ${version.replaceAll('.', '\\.')}(?: |$)`, 'm'));
  if (start < 0) return undefined;
  const [, ...lines] = changelog.slice(start).split('\n');
  const end = lines.findIndex((line) => line.startsWith('## '));
  return lines
    .slice(0, end < 0 ? undefined : end)
    .join('\n')
    .trim();
}

/** Every reason against a release of this tag; empty when there is none. */
export function problemsOf({
  tag,
  version,
  changelog,
  isOnMain,
}: {
  readonly tag: string;
  readonly version: string;
  readonly changelog: string;
  readonly isOnMain: boolean;
}): readonly string[] {
  if (!/^v\d+\.\d+\.\d+$/.test(tag)) return [`${tag} is no version: push a tag such as v1.2.3.`];
  const notes = notesOf(changelog, tag.slice(1));
  return [
    ...(tag === `v${version}` ? [] : [`package.json says ${version}, and the tag ${tag}.`]),
    ...(notes ? [] : [`CHANGELOG.md has nothing under "## ${tag.slice(1)}".`]),
    ...(isOnMain ? [] : [`${tag} is not a commit of main.`]),
  ];
}

function onMain(): boolean {
  try {
    execFileSync('git', ['merge-base', '--is-ancestor', 'HEAD', 'origin/main'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function run([what, tag = '']: readonly string[]): void {
  const root = join(import.meta.dirname, '..');
  const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  if (what === 'notes') {
    process.stdout.write(`${notesOf(changelog, tag.slice(1)) ?? ''}\n`);
    return;
  }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const problems = problemsOf({ tag, version, changelog, isOnMain: onMain() });
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

if (process.argv[1] === import.meta.filename) run(process.argv.slice(2));
