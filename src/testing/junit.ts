import { UserError } from '../errors.ts';
import type { TestCase, TestRun, TestStatus } from './test-run.ts';
import { readXml, type XmlElement } from './xml.ts';

export const MAXIMUM_REPORT_BYTES = 50 * 1024 * 1024;
const MAXIMUM_MESSAGE = 2_000;
const SEPARATOR = ' › ';
const SPACE = 0x20;

/**
 * Reads JUnit XML as node:test, jest, vitest, Playwright, pytest, Maven Surefire, gotestsum and PHPUnit
 * write it. `file` names the report in errors. Throws UserError when the report is empty, larger than
 * 50 MiB, cut off, no JUnit XML, or holds no test: such a report proves nothing.
 */
export function parseJunit(xml: Buffer, file: string): TestRun {
  if (xml.length > MAXIMUM_REPORT_BYTES) throw tooLarge(file);
  if (!xml.some((byte) => byte > SPACE)) throw emptyReport(file);
  const root = readXml(xml, file);
  if (root.name !== 'testsuites' && root.name !== 'testsuite') throw otherXml(file, root.name);
  const found = collect(root, []);
  if (found.length === 0) throw noTests(file);
  return { file, cases: [...found.map((each) => each.testCase), ...unlisted(root, found)] };
}

/** The report is over the limit; also thrown before such a file is read. */
export function tooLarge(file: string): UserError {
  return new UserError(`The test report ${file} is larger than 50 MiB.`, {
    hint: 'Leave the captured output out of the report, or split it.',
  });
}

function emptyReport(file: string): UserError {
  return new UserError(`The test report ${file} is empty: the test runner crashed before writing it.`, {
    hint: 'See the end of the test command’s output.',
  });
}

function otherXml(file: string, root: string): UserError {
  return new UserError(
    `The test report ${file} is not JUnit XML: its root element is ${root.slice(0, 60)}, not testsuites.`,
    { hint: 'Let tests.junit in the policy name the file that the JUnit reporter writes.' },
  );
}

function noTests(file: string): UserError {
  return new UserError(`The test report ${file} holds no test: it proves nothing.`, {
    hint: 'Look whether the test command’s file patterns or filters still match the tests.',
  });
}

/** `complained`: a failure or error stands in it, even if a todo mark forgives it. */
type Found = { readonly testCase: TestCase; readonly complained: boolean };

function collect(element: XmlElement, path: readonly XmlElement[]): readonly Found[] {
  const inside = [...path, element];
  const found = element.children.flatMap((child): readonly Found[] => {
    if (child.name === 'testcase') return [readCase(child, inside)];
    return child.name === 'testsuite' ? collect(child, inside) : [];
  });
  return [...found, ...brokenSuite(element, inside)];
}

/** A suite that broke outside its tests carries the complaint itself. */
function brokenSuite(suite: XmlElement, inside: readonly XmlElement[]): readonly Found[] {
  const complaint = suite.children.find(({ name }) => name === 'failure' || name === 'error');
  if (complaint === undefined) return [];
  const name = suiteNames(inside).join(SEPARATOR) || 'test suite';
  const message = readMessage(complaint);
  return [
    { testCase: { ...blank(name, 'errored'), message, file: nearest(inside, 'file') }, complained: true },
  ];
}

const blank = (name: string, status: TestStatus): TestCase => ({
  name,
  status,
  message: undefined,
  file: undefined,
  line: undefined,
  durationMs: undefined,
  flaky: false,
});

/** Runners that write no child element say it in an attribute (CTest, GoogleTest). */
const STATUS_ATTRIBUTE: Readonly<Record<string, TestStatus>> = {
  fail: 'failed',
  failed: 'failed',
  error: 'errored',
  notrun: 'skipped',
  skipped: 'skipped',
  disabled: 'skipped',
};

function readCase(element: XmlElement, inside: readonly XmlElement[]): Found {
  const child = (...names: string[]) => element.children.find(({ name }) => names.includes(name));
  const skipped = child('skipped');
  const failure = child('failure');
  const complaint = failure ?? child('error');
  const stated = STATUS_ATTRIBUTE[(element.attributes.get('status') ?? '').toLowerCase()];
  const status = statusOf(skipped, failure, complaint, stated);
  const reason = complaint ?? skipped;
  const testCase = {
    name: caseName(element, inside),
    status,
    message: reason === undefined ? undefined : readMessage(reason),
    file: clean(element.attributes.get('file') ?? '') || nearest(inside, 'file'),
    line: lineNumber(element.attributes.get('line') ?? element.attributes.get('lineno')),
    durationMs: seconds(element.attributes.get('time')),
    flaky: status === 'passed' && child('flakyFailure', 'flakyError') !== undefined,
  };
  const complained = complaint !== undefined || stated === 'failed' || stated === 'errored';
  return { testCase, complained };
}

/** node:test writes both `skipped` and `failure` for a failing todo, and exits 0: the mark forgives it. */
function statusOf(
  skipped: XmlElement | undefined,
  failure: XmlElement | undefined,
  complaint: XmlElement | undefined,
  stated: TestStatus | undefined,
): TestStatus {
  if (skipped !== undefined) return 'skipped';
  if (failure !== undefined) return 'failed';
  if (complaint !== undefined) return 'errored';
  return stated ?? 'passed';
}

/** Totals that say more failures than the report lists are believed: a suite broke outside its tests. */
function unlisted(root: XmlElement, found: readonly Found[]): readonly TestCase[] {
  const declared = declaredFailures(root);
  const listed = found.filter(({ complained }) => complained).length;
  if (declared <= listed) return [];
  const message = `The report counts ${declared} failed tests and lists ${listed}.`;
  return [{ ...blank('test report', 'errored'), message }];
}

function declaredFailures(element: XmlElement): number {
  const count = (name: string) => Number.parseInt(element.attributes.get(name) ?? '0', 10) || 0;
  const own = count('failures') + count('errors');
  const suites = element.children.filter(({ name }) => name === 'testsuite');
  const below = element.name === 'testsuites' ? suites.map(declaredFailures).reduce((a, b) => a + b, 0) : 0;
  return Math.max(own, below);
}

/** node:test's class name for a test outside any suite. */
const NO_CLASS = 'test';

function caseName(element: XmlElement, inside: readonly XmlElement[]): string {
  const name = clean(element.attributes.get('name') ?? '') || 'unnamed test';
  const group = clean(element.attributes.get('classname') ?? element.attributes.get('class') ?? '');
  if (group === '' || group === NO_CLASS) return [...suiteNames(inside), name].join(SEPARATOR);
  // jest's default template repeats the whole title in the class name.
  return group === name || name.startsWith(`${group} `) ? name : `${group}${SEPARATOR}${name}`;
}

function suiteNames(inside: readonly XmlElement[]): readonly string[] {
  return inside
    .filter(({ name }) => name === 'testsuite')
    .map(({ attributes }) => clean(attributes.get('name') ?? ''))
    .filter((name) => name !== '');
}

function nearest(inside: readonly XmlElement[], attribute: string): string | undefined {
  const found = inside.findLast(({ attributes }) => attributes.has(attribute));
  return clean(found?.attributes.get(attribute) ?? '') || undefined;
}

/** Short message and full text, without saying the same twice. */
function readMessage(element: XmlElement): string | undefined {
  const message = clean(element.attributes.get('message') ?? '');
  const text = clean(element.text);
  const whole = text.includes(message) ? text : [message, text].filter((part) => part !== '').join('\n');
  if (whole === '') return undefined;
  return whole.length > MAXIMUM_MESSAGE
    ? `${whole
        .slice(0, MAXIMUM_MESSAGE - 1)
        .toWellFormed()
        .trimEnd()}…`
    : whole;
}

/**
 * Terminal sequences: CSI, OSC up to its end, other escapes. Not node:util's stripVTControlCharacters, whose time
 * grows with the square of hostile text (200,000 times `ESC ]` took 31 s on Node 24).
 */
const escapes =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is here to remove them
  /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?/g;

/** Far beyond what any name or message is shown with, so that escapes within it do not shorten what people see. */
const MAXIMUM_TEXT = 64 * 1024;

/** Colours and other control characters would reach people's terminals and Markdown. Cut before it is cleaned. */
function clean(text: string): string {
  return text
    .slice(0, MAXIMUM_TEXT)
    .toWellFormed()
    .replaceAll(escapes, '')
    .replaceAll(/(?![\t\n])\p{Cc}/gu, '')
    .trim();
}

function lineNumber(text: string | undefined): number | undefined {
  const line = Number(text ?? '');
  return Number.isSafeInteger(line) && line > 0 ? line : undefined;
}

/** Seconds, with Surefire's thousands separator (`1,234.5`), as milliseconds. */
function seconds(text: string | undefined): number | undefined {
  const plain = (text ?? '').replaceAll(',', '').trim();
  if (!/^\d+(\.\d+)?(e[-+]?\d+)?$/i.test(plain)) return undefined;
  return Number(plain) * 1_000;
}
