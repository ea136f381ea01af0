import { alsoWords } from '../rules/gather.ts';
import type { Finding, Severity } from '../rules/rule.ts';
import type { SqlProblem } from '../sql/statement.ts';
import { version } from '../version.ts';
import { jsonText } from './json-text.ts';
import type { LintReporter, LintSummary, ShownFinding, Waiver } from './linted.ts';
import { clip } from './plain.ts';
import { fileUri, type Region, regionsOf } from './sarif-region.ts';
import { LEVELS, type SarifRule, sarifRules } from './sarif-rules.ts';

/**
 * GitHub rejects a run with more results (documentation, "SARIF support for code scanning", Validating your SARIF file)
 * and shows 5,000 of them, by severity.
 */
export const MAXIMUM_RESULTS = 25_000;
const MAXIMUM_RELATED = 100;
const LONGEST_MESSAGE = 1000;
/** A fix that replaces more text than this is left out, so that the file stays within GitHub's 10 MB. */
const LONGEST_FIX = 2000;
const SEVERITIES: readonly Severity[] = ['error', 'warning', 'notice'];

/**
 * SARIF 2.1.0 as one run, worst results first. `pages` are the rules' pages in Markdown by name.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html
 * `category` keeps several runs on one commit apart: without it, GitHub lets a later upload replace an earlier one.
 */
export function sarifReporter(pages: ReadonlyMap<string, string>, category?: string): LintReporter {
  const results: Record<Severity, string[]> = { error: [], warning: [], notice: [] };
  const notifications: string[] = [];
  const used = new Set<string>();
  let total = 0;
  return {
    begin: () => '',
    file: (file) => {
      const regions = regionsOf(file.text);
      for (const shown of file.findings) {
        const { severity, rule } = shown.finding;
        used.add(rule);
        total += 1;
        if (results[severity].length < MAXIMUM_RESULTS)
          results[severity].push(jsonText(result(shown, regions)));
      }
      for (const problem of file.problems) notifications.push(jsonText(unreadable(problem)));
      return '';
    },
    end: (summary) => {
      const rules = sarifRules(pages, used);
      const all = SEVERITIES.flatMap((severity) => results[severity]);
      const left = total - MAXIMUM_RESULTS;
      const told = left > 0 ? [...notifications, jsonText(leftOut(left))] : notifications;
      return document(rules, all.slice(0, MAXIMUM_RESULTS), told, { summary, category });
    },
  };
}

/** The log, with results and notifications already in JSON: no second copy of them is ever held as objects. */
function document(
  rules: readonly SarifRule[],
  results: readonly string[],
  notifications: readonly string[],
  {
    summary: { conclusion },
    category,
  }: { readonly summary: LintSummary; readonly category: string | undefined },
): string {
  const driver = {
    name: 'Pullgres',
    semanticVersion: version,
    informationUri: 'https://github.com/pullgres/pullgres',
    rules,
  };
  const invocation = `{"executionSuccessful":${conclusion !== 'could not judge'},"toolExecutionNotifications":[${notifications.join(',\n')}]}`;
  // Up to its last slash the id is GitHub's category; what follows would name the single run.
  const details = category === undefined ? [] : [`"automationDetails":${jsonText({ id: `${category}/` })},`];
  const bases = { '%SRCROOT%': { description: { text: 'The root of the repository.' } } };
  return [
    '{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{',
    `"tool":{"driver":${jsonText(driver)}},`,
    ...details,
    `"columnKind":"utf16CodeUnits","originalUriBaseIds":${jsonText(bases)},`,
    `"invocations":[${invocation}],`,
    `"results":[${results.length === 0 ? '' : `\n${results.join(',\n')}\n`}]}]}\n`,
  ].join('\n');
}

function result({ finding, exception }: ShownFinding, regions: ReturnType<typeof regionsOf>) {
  const { rule, severity, place, message, help, fingerprint, also = [] } = finding;
  const fix = fixOf(finding, regions.bytes);
  return {
    ruleId: rule,
    level: LEVELS[severity],
    message: {
      text: clip(
        [message, help, alsoWords(finding)].filter(Boolean).map(plainText).join(' '),
        LONGEST_MESSAGE,
      ),
    },
    locations: [{ physicalLocation: located(place.file, regions.place(place)) }],
    ...(also.length === 0 ? {} : { relatedLocations: related(also, regions) }),
    // Under a name of our own: GitHub's upload action computes primaryLocationLineHash itself, and warns of each
    // result that brings another value (github/codeql-action, src/fingerprints.ts).
    partialFingerprints: { 'pullgres/v1': fingerprint },
    ...(fix === undefined ? {} : { fixes: [fix] }),
    ...(exception === undefined ? {} : { suppressions: [suppression(exception)] }),
  };
}

/**
 * Places that are mended together with a result; one that says the same again says nothing, and the schema forbids it.
 * GitHub shows no more of them than it shows locations.
 */
function related(also: readonly Finding[], regions: ReturnType<typeof regionsOf>) {
  const shown = also.slice(0, MAXIMUM_RELATED).map(({ place, message }) => ({
    physicalLocation: located(place.file, regions.place(place)),
    message: { text: clip(plainText(message), LONGEST_MESSAGE) },
  }));
  return [...new Map(shown.map((one) => [JSON.stringify(one), one])).values()];
}

/** SARIF's message text is plain, with a little Markdown in which only brackets and backslashes mean something (3.11.6). */
function plainText(text: string): string {
  return text.toWellFormed().replaceAll(/[[\]\\]/g, '\\$&');
}

function located(file: string, region: Region) {
  return { artifactLocation: fileUri(file), region };
}

function suppression({ reason, owner, until, source }: Waiver) {
  const justification = clip(`${reason} (${owner}, until ${until})`.toWellFormed(), LONGEST_MESSAGE);
  return { kind: source === 'file' ? 'inSource' : 'external', status: 'accepted', justification };
}

function fixOf({ fix, help, place }: Finding, region: (start: number, end: number) => Region | undefined) {
  const length = fix.reduce((sum, { text }) => sum + text.length, 0);
  if (fix.length === 0 || length > LONGEST_FIX) return undefined;
  const replacements = fix.flatMap(({ startByte, endByte, text }) => {
    const deletedRegion = region(startByte, endByte);
    return deletedRegion === undefined ? [] : [{ deletedRegion, insertedContent: { text } }];
  });
  if (replacements.length < fix.length) return undefined;
  return {
    description: { text: clip(plainText(help), LONGEST_MESSAGE) },
    artifactChanges: [{ artifactLocation: fileUri(place.file), replacements }],
  };
}

function unreadable({ file, line, column, message, hint }: SqlProblem) {
  return {
    level: 'error',
    descriptor: { id: 'unreadable-file' },
    message: { text: clip(`${plainText(message)}. ${plainText(hint)}`, LONGEST_MESSAGE) },
    locations: [{ physicalLocation: located(file, { startLine: line, startColumn: column }) }],
  };
}

function leftOut(results: number) {
  return {
    level: 'warning',
    descriptor: { id: 'results-left-out' },
    message: {
      text: `GitHub takes ${MAXIMUM_RESULTS} results of a run; ${results} of the mildest are left out.`,
    },
  };
}
