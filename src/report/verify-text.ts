import { byteWords } from '../byte-words.ts';
import { clip, plain } from './plain.ts';
import type { VerifyCheck, VerifyJson } from './verify-json-schema.ts';
import { agoWords, count, utcWords } from './words.ts';

const MARKS: Readonly<Record<VerifyCheck['status'], string>> = { proved: '✓', failed: '✗', unproven: '?' };

/** What `pullgres verify` says to a person. `now`: ISO 8601, the server's clock. */
export function verifyText(json: VerifyJson, now: string): string {
  const { baseline, trusted, sourceAt, signed, checks } = json;
  const age = sourceAt === null ? '' : `, rows of ${utcWords(sourceAt)} (${agoWords(sourceAt, now)})`;
  const lines = [
    `${plain(clip(baseline, 200))} is ${trusted ? 'trusted' : 'NOT trusted'}${age}.`,
    ...checks.flatMap(checkLines),
    ...(signed === null ? [] : [`  ${signedWords(signed)}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function checkLines({ id, status, summary, hint }: VerifyCheck): readonly string[] {
  const line = `  ${MARKS[status]} ${id.padEnd(12)}${plain(clip(summary, 400))}`;
  return hint === null ? [line] : [line, `    ${plain(clip(hint, 400))}`];
}

function signedWords(signed: NonNullable<VerifyJson['signed']>): string {
  const { signer, provedAt, tables, rows, needles, bytesScanned, checks } = signed;
  const names = plain(clip(checks.map(({ name, status }) => `${name} ${status}`).join(', '), 400));
  return `Signed by ${signer} on ${utcWords(provedAt)}: ${count(tables, 'table')}, ${count(rows, 'row')}, ${count(needles, 'needle')} sought in ${byteWords(bytesScanned)}; ${names}.`;
}
