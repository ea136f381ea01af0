import type { Evidence } from '../../evidence/schema.ts';
import { acceptedFindings } from '../accepted.ts';
import type { ReportFinding } from '../findings.ts';
import { countOf, testWords } from '../headline.ts';
import { lockBars, longestClosed } from '../lock-bars.ts';
import { agoWords, count, durationWords } from '../words.ts';
import { type Html, html } from './markup.ts';

type Tile = { readonly id: string; readonly name: string; readonly value: string; readonly more?: string };

/** What a reader asks first, each a link to its section: only those that have one. */
export function overview(evidence: Evidence, findings: readonly ReportFinding[]): Html | undefined {
  const tiles = [
    findingsTile(findings),
    blockedTile(evidence),
    testsTile(evidence),
    dataTile(evidence),
    acceptedTile(evidence),
  ].filter((tile) => tile !== undefined);
  if (tiles.length === 0) return undefined;
  return html`<nav aria-label="In short"><ul class="tiles">${tiles.map(tileHtml)}</ul></nav>`;
}

function tileHtml({ id, name, value, more }: Tile): Html {
  return html`<li><a href="#${id}"><span class="name">${name}</span> <strong>${value}</strong>${more === undefined ? undefined : html` <span class="more">${more}</span>`}</a></li>`;
}

function findingsTile(findings: readonly ReportFinding[]): Tile | undefined {
  if (findings.length === 0) return undefined;
  const of = (wanted: string) => countOf(findings, (severity) => severity === wanted);
  const parts = [
    [of('error'), 'error'],
    [of('warning'), 'warning'],
    [of('notice'), 'notice'],
  ] as const;
  const words = parts.filter(([number]) => number > 0).map(([number, noun]) => count(number, noun));
  return {
    id: 'findings',
    name: 'Findings',
    value: words[0] ?? '',
    more: words.slice(1).join(', ') || undefined,
  };
}

function blockedTile(evidence: Evidence): Tile | undefined {
  const { rehearsal } = evidence;
  if (!rehearsal || rehearsal.migrations.length === 0) return undefined;
  const [worst] = lockBars(evidence).toSorted((a, b) => longestClosed(b) - longestClosed(a));
  if (worst === undefined) return { id: 'migrations', name: 'Longest blocked', value: 'nothing' };
  return {
    id: 'timeline',
    name: 'Longest blocked',
    value: durationWords(longestClosed(worst)),
    more: worst[0]?.relation.slice(0, 60),
  };
}

function testsTile({ tests }: Evidence): Tile | undefined {
  if (!tests || tests.status === 'skipped') return undefined;
  const { counts, status, oldCode } = tests;
  const running = oldCode && oldCode.status !== 'skipped' ? `running version: ${oldCode.status}` : undefined;
  return { id: 'tests', name: 'Tests', value: counts ? testWords(counts) : status, more: running };
}

function dataTile({ branch, run }: Evidence): Tile | undefined {
  if (!branch) return undefined;
  const { kind, sourceAt, createdAt, proved } = branch.baseline;
  const age = agoWords(sourceAt ?? createdAt, run.finishedAt);
  return {
    id: 'data',
    name: 'Data',
    value: kind === 'schema' ? 'schema only' : kind,
    more: kind === 'schema' ? 'no rows' : `${age}${proved ? ', proved' : ''}`,
  };
}

function acceptedTile(evidence: Evidence): Tile | undefined {
  const accepted = acceptedFindings(evidence).length;
  return accepted === 0 ? undefined : { id: 'accepted', name: 'Accepted risks', value: String(accepted) };
}
