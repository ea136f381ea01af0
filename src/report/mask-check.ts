import { jsonText } from './json-text.ts';
import type { MaskCheck } from './mask-json-schema.ts';
import { clip, plain } from './plain.ts';
import { count } from './words.ts';

/** Lines of one kind that a terminal shows. */
const SHOWN = 200;

/** What `pullgres mask check` says to a person; the verdict last. */
export function maskCheckText(check: MaskCheck): string {
  const lines = [
    ...shown(
      check.problems.map(({ where, what, remedy }) => [`problem: ${where}: ${what}`, ...indented(remedy)]),
    ),
    ...shown(check.risks.map((risk) => [`risk: ${riskWords(risk)}`])),
    ...shown(check.notes.map((note) => [`note: ${note}`])),
    ...weakenedLines(check.weakened),
    verdict(check),
  ];
  return `${lines.map((line) => clip(plain(line), 2_000)).join('\n')}\n`;
}

/** The check as its documented JSON (docs/mask.schema.json), on one line. */
export function maskCheckJson(check: MaskCheck): string {
  return `${jsonText(check)}\n`;
}

function shown(all: readonly (readonly string[])[]): readonly string[] {
  const more = all.length - SHOWN;
  return [...all.slice(0, SHOWN).flat(), ...(more > 0 ? [`… and ${more} more`] : [])];
}

function indented(text: string): readonly string[] {
  return text.split('\n').map((line) => `    ${line}`);
}

function riskWords({ table, key, bits, probability }: MaskCheck['risks'][number]): string {
  const how =
    probability === null
      ? 'of unknown probability'
      : `with probability ${Number(probability.toPrecision(2))}`;
  return `${key} of ${table} is kept apart by a hash of ${bits} bits; two of its rows fall together ${how}`;
}

function weakenedLines(weakened: MaskCheck['weakened']): readonly string[] {
  if (weakened === null) return [];
  const { base, rules, unknown } = weakened;
  const commit = base.slice(0, 12);
  if (unknown !== null) return [`note: not compared with ${commit}: ${unknown}`];
  return shown(rules.map(({ where, what }) => [`weaker than ${commit}: ${where}: ${what}`]));
}

function verdict({ conclusion, problems, columns, tables, profile, source }: MaskCheck): string {
  if (conclusion === 'problems' || columns === null || tables === null)
    return `${profile} and the source (${source}): ${count(problems.length, 'problem')} to put right before a refresh.`;
  const { masked, clear, computed } = columns;
  return `${profile} covers the source (${source}): ${count(tables.copied, 'table')} copied, ${tables.empty} empty; ${count(masked, 'column')} masked, ${clear} clear, ${computed} computed.`;
}
