import type { Evidence } from '../evidence/schema.ts';
import { plain } from './plain.ts';
import { type RehearsedCase, type RehearsedSuite, rehearsedSuites } from './rehearsed-suites.ts';
import { type XmlNode, xmlDocument } from './xml-text.ts';

/**
 * The rehearsal as JUnit XML: a suite for each migration, a case for each statement. A case fails for a finding that
 * fails the policy and for a refused statement; what was not run, or could not be proved, is skipped. Times are in
 * seconds, files relative to the repository's root.
 */
export function renderRehearsalJunit(evidence: Evidence): string {
  const suites = rehearsedSuites(evidence);
  const cases = suites.flatMap((suite) => suite.cases);
  return xmlDocument({
    name: 'testsuites',
    attributes: {
      name: 'Pullgres rehearsal',
      ...counts(cases),
      time: seconds(suites.reduce((sum, { durationMs }) => sum + (durationMs ?? 0), 0)),
    },
    children: suites.map((suite) => suiteNode(suite, evidence.run.startedAt)),
  });
}

function suiteNode({ name, file, durationMs, cases }: RehearsedSuite, startedAt: string): XmlNode {
  return {
    name: 'testsuite',
    attributes: {
      name: line(name),
      file: file && line(file),
      ...counts(cases),
      // As the format's schema has it: without a zone.
      timestamp: startedAt.replace(/(\.\d+)?Z$/, ''),
      time: seconds(durationMs ?? 0),
    },
    children: cases.map((one) => caseNode(one, name)),
  };
}

function caseNode(
  { name, file, line: at, durationMs, ending, notes }: RehearsedCase,
  suite: string,
): XmlNode {
  const out = notes.length === 0 ? [] : [{ name: 'system-out', attributes: {}, text: notes.join('\n') }];
  return {
    name: 'testcase',
    attributes: {
      name: line(name),
      classname: line(suite),
      file: file && line(file),
      line: at,
      time: seconds(durationMs ?? 0),
    },
    children: [...endingNodes(ending), ...out],
  };
}

/** One element however many findings there are: readers look at the first. */
function endingNodes(ending: RehearsedCase['ending']): readonly XmlNode[] {
  if (ending.kind === 'passed') return [];
  if (ending.kind === 'skipped') return [{ name: 'skipped', attributes: { message: line(ending.why) } }];
  const { type, message, text } = ending;
  return [{ name: 'failure', attributes: { type: line(type), message: line(message) }, text }];
}

function counts(cases: readonly RehearsedCase[]): XmlNode['attributes'] {
  const ended = (kind: RehearsedCase['ending']['kind']) =>
    cases.filter(({ ending }) => ending.kind === kind).length;
  return { tests: cases.length, failures: ended('failed'), errors: 0, skipped: ended('skipped') };
}

function line(text: string): string {
  return plain(text);
}

/** Three digits are a millisecond; the server's clock tells no more that means something. */
function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}
