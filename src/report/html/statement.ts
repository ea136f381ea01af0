import { byteWords } from '../../byte-words.ts';
import type { ObservedStatement, StatementRecord } from '../../evidence/schema.ts';
import type { SeenStatement } from '../findings.ts';
import { missBound } from '../miss-bound.ts';
import { count, durationWords, listWords, lockName } from '../words.ts';
import { badge, code, type Html, html, named } from './markup.ts';
import { plainTable } from './table.ts';

const SQL_LENGTH = 2000;
const RELATIONS = 40;

type Agreement = NonNullable<ObservedStatement['agreement']>;

/** One statement: its SQL, and relation by relation what was predicted, what was observed and whether they agree. */
export function statementBlock(id: string, { place, sql, predicted, observed }: SeenStatement): Html {
  const rows = relationsOf(predicted, observed).map((relation) => row(relation, predicted, observed));
  return html`<article id="${id}" tabindex="-1"><h4>Line ${place.line}${observed ? ` · ${durationWords(observed.durationMs)}` : ''} ${agreementBadge(observed)}</h4>
${code(sql, SQL_LENGTH)}
${plainTable(`Line ${place.line}, table by table`, ['Table', 'Predicted', 'Observed', 'Agreement'], rows)}
${predicted?.seen === false ? html`<p class="dim">Nothing was predicted: this kind of statement is not understood.</p>` : undefined}
${observed?.agreement && disagreement(observed.agreement)}
${measured(observed)}</article>`;
}

const AGREEMENTS: Record<Agreement['status'], readonly ['good' | 'warn' | 'quiet', string]> = {
  agrees: ['good', '= as predicted'],
  differs: ['warn', '≠ not as predicted'],
  'not seen': ['quiet', 'not predicted'],
  sampled: ['quiet', '≈ as predicted, as far as seen'],
  'not run': ['quiet', 'not run'],
};

function agreementBadge(observed: ObservedStatement | undefined): Html | undefined {
  return observed?.agreement && badge(...AGREEMENTS[observed.agreement.status]);
}

function relationsOf(predicted: StatementRecord | undefined, observed: ObservedStatement | undefined) {
  const names = [
    ...(predicted?.effects ?? []).map(({ relation }) => relation),
    ...(observed?.locks ?? []).map(({ relation }) => relation),
    ...(observed?.rewrites ?? []),
    ...(observed?.scans ?? []),
    ...(observed?.builtOn ?? []),
  ];
  return [...new Set(names)].slice(0, RELATIONS);
}

function row(
  relation: string,
  predicted: StatementRecord | undefined,
  observed: ObservedStatement | undefined,
) {
  return [
    named(relation),
    predictedWords(relation, predicted),
    observedWords(relation, observed),
    rowAgreement(relation, observed),
  ];
}

function predictedWords(relation: string, predicted: StatementRecord | undefined): Html | string {
  const effects = (predicted?.effects ?? []).filter((effect) => effect.relation === relation);
  if (effects.length === 0) return 'nothing';
  const words = effects.map(({ lock, rewrite, scan, builds, dataLoss, conditional }) =>
    [
      `${conditional ? 'at most ' : ''}${lockName(lock)}`,
      rewrite && 'rewrites it',
      scan && 'reads all of it',
      builds !== undefined && 'builds an index',
      dataLoss && 'loses data',
    ]
      .filter((word) => typeof word === 'string')
      .join(', '),
  );
  return [...new Set(words)].join('; ');
}

function observedWords(relation: string, observed: ObservedStatement | undefined): string {
  if (observed === undefined) return 'not run';
  const about = observed.sampled ? 'about ' : '';
  const words = [
    ...observed.locks
      .filter((lock) => lock.relation === relation)
      .map(({ mode, heldMs }) => `${lockName(mode)} for ${about}${durationWords(heldMs)}`),
    observed.rewrites.includes(relation) && 'rewrote it',
    observed.scans.includes(relation) && 'read all of it',
    observed.builtOn?.includes(relation) && 'built an index',
  ].filter((word) => typeof word === 'string');
  return words.length === 0 ? 'no new lock' : words.join(', ');
}

const NOT_COMPARED = html`<span aria-hidden="true">–</span><span class="aloud">not compared</span>`;

/** What differs names its relation at its end: `scan of public.orders`. */
function rowAgreement(relation: string, observed: ObservedStatement | undefined): Html | string {
  const { agreement } = observed ?? {};
  if (agreement === undefined) return NOT_COMPARED;
  const isNamed = (what: string) => what.endsWith(` ${relation}`);
  if ([...agreement.missing, ...agreement.unexpected].some(isNamed)) return badge('warn', '≠ differs');
  // A relation that the migrations made is nobody's, so it is not compared.
  return agreement.status === 'agrees' || agreement.status === 'differs' ? '=' : NOT_COMPARED;
}

function disagreement({ missing, unexpected }: Agreement): Html | undefined {
  if (missing.length + unexpected.length === 0) return undefined;
  const part = (title: string, items: readonly string[]) =>
    items.length === 0
      ? undefined
      : html`<li>${title}: ${items.slice(0, 10).map((what, at) => html`${at === 0 ? '' : ', '}${named(what)}`)}</li>`;
  return html`<ul class="differs">${part('Predicted and not seen', missing)}${part('Seen and not predicted', unexpected)}</ul>`;
}

function measured(observed: ObservedStatement | undefined): Html | undefined {
  if (observed === undefined) return undefined;
  const waited = (observed.waits ?? []).reduce((sum, { ms }) => sum + ms, 0);
  const bound = missBound(observed);
  const parts = [
    observed.rows === undefined ? undefined : count(observed.rows, 'row'),
    observed.builds.length === 0 ? undefined : `built ${listWords(observed.builds.slice(0, 5))}`,
    ...(observed.sequential ?? [])
      .slice(0, 5)
      .map(({ relation, rows }) => `read ${count(rows, 'row')} of ${relation} one by one`),
    observed.walBytes === undefined ? undefined : `${byteWords(observed.walBytes)} of WAL`,
    waited < 1 ? undefined : `waited ${durationWords(waited)} for locks of other sessions`,
    ...(observed.preflight ?? []).slice(0, 5).map(preflightWords),
    bound === undefined ? undefined : `locks were sampled from outside; ${bound}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : html`<p class="dim">${parts.join(' · ')}</p>`;
}

type Preflight = NonNullable<ObservedStatement['preflight']>[number];

function preflightWords({ check, relation, subject, rows }: Preflight): string {
  return `${rows === undefined ? 'an uncounted number' : count(rows, 'row')} in ${relation} with ${check} (${subject})`;
}
