import { byteWords } from '../../byte-words.ts';
import type { BranchRecord, Evidence } from '../../evidence/schema.ts';
import { makingWords, missWords } from '../making.ts';
import { agoWords, count, durationWords, utcWords } from '../words.ts';
import { badge, facts, type Html, html, moreWords, named, prose, section } from './markup.ts';
import { table } from './table.ts';

const QUARANTINED = 100;

type Baseline = BranchRecord['baseline'];

/** What kind of rows the times were measured on. */
const KIND_WORDS: Record<Baseline['kind'], string> = {
  schema: 'the base branch’s schema without rows, so times prove little',
  synthetic: 'synthetic rows',
  masked: 'masked rows of production',
};

/** What the branch was made of, whether that is proved, and what was made harmless on it. */
export function dataSection({ branch, run }: Evidence): Html | undefined {
  if (!branch) return undefined;
  const { id, kind, name, createdAt, sourceAt, proved } = branch.baseline;
  const age = agoWords(sourceAt ?? createdAt, run.finishedAt);
  return section('data', 'Data', [
    facts([
      ['Baseline', html`${KIND_WORDS[kind]} ${proof(kind, proved)}`],
      ['Name', html`${named(name ?? id)}${name === undefined ? undefined : html`, version ${named(id)}`}`],
      ['Age', html`${age} <span class="dim">(${utcWords(sourceAt ?? createdAt)})</span>`],
      ['Source read', sourceAt === undefined ? undefined : utcWords(sourceAt)],
      ['Made', utcWords(createdAt)],
    ]),
    quarantine(branch),
  ]);
}

function proof(kind: Baseline['kind'], proved: true | undefined): Html | undefined {
  if (proved) return badge('good', '✓ masking proved');
  return kind === 'masked' ? badge('warn', '? masking not proved') : undefined;
}

function quarantine({ making }: BranchRecord): Html | undefined {
  const all = making?.quarantine ?? [];
  if (all.length === 0) return undefined;
  const rows = all
    .slice(0, QUARANTINED)
    .map(({ kind, name, action, rows: emptied }) => [
      named(name),
      kind,
      `${action}${emptied === undefined ? '' : ` (${count(emptied, 'row')})`}`,
    ]);
  return html`${table('Made harmless: it came with the baseline and could reach out of the branch', ['Name', 'Kind', 'What was done'], rows)}
${moreWords(rows.length, all.length, 'object')}`;
}

/** The branch's name, server, life and making. */
export function branchSection({ branch, teardown }: Evidence): Html | undefined {
  const gone =
    teardown &&
    html`${named(teardown.branch)} ${teardown.removed ? 'was removed' : 'was already gone'} on ${utcWords(teardown.at)}`;
  if (!branch && !gone) return undefined;
  return section('branch', 'Branch', [facts([...(branch ? branchFacts(branch) : []), ['Removed', gone]])]);
}

function branchFacts(branch: BranchRecord): readonly (readonly [string, Html | string | undefined])[] {
  const { name, provider, postgresVersion, lifetime, expiresAt, created, resetReason, making, size } = branch;
  const life = lifetime === 'job' ? 'this job only' : `the pull request; expires ${utcWords(expiresAt)}`;
  const diverged = size?.divergedBytes;
  const made = [makingWords(branch), missWords(branch)].filter((part) => part !== undefined && part !== '');
  return [
    ['Name', named(name)],
    ['Server', html`Postgres ${postgresVersion} (<bdi>${provider}</bdi>)`],
    ['Lives for', life],
    ['In this run', `${created ? 'made' : 'found'}, ready after ${durationWords(branch.durationMs)}`],
    ['Reset', resetReason === undefined ? undefined : prose(resetReason)],
    ['Size and making', made.length === 0 ? undefined : made.join('. ')],
    ['Its own blocks', diverged === undefined ? undefined : byteWords(diverged)],
    ['Copy', making?.copy === undefined ? undefined : prose(making.copy.why)],
  ];
}

/** What was run by whom, on what, under which policy. */
export function runSection({ subject, run, tool, policy, migrations }: Evidence): Html | undefined {
  const source = policy.source === 'file' ? named(policy.path) : 'defaults';
  const commit =
    policy.commit === undefined ? undefined : html` of commit ${named(policy.commit.slice(0, 12))}`;
  return section('run', 'Run and policy', [
    facts([
      ['Commit', html`${named(subject.headSha.slice(0, 12))} on ${named(subject.baseSha.slice(0, 12))}`],
      ['Run', html`<bdi>${run.id}</bdi>, attempt ${run.attempt}, ended ${utcWords(run.finishedAt)}`],
      ['Policy', html`${source}${commit}`],
      ['Fails on', policy.failOn],
      ['Required', policy.required.length === 0 ? 'nothing' : policy.required.join(', ')],
      ['Edited here', policy.editedHere ? 'yes; the edit takes effect after the merge' : undefined],
      [
        'Migrations',
        migrations &&
          html`<bdi>${migrations.tool}</bdi> in ${named(migrations.directory)}, ${count(migrations.base, 'merged before', 'merged before')}`,
      ],
      ['Made by', `Pullgres ${tool.version}`],
    ]),
  ]);
}
