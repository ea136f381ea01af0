import { XMLBuilder } from 'fast-xml-parser';
import type { Redact } from './redact.ts';
import { countTests, type TestCase, type TestRun } from './test-run.ts';

/** What one shard reported; `run` is undefined where it left no report that could be read, and `reason` says why. */
export type ShardReport = {
  readonly index: number;
  readonly run: TestRun | undefined;
  readonly reason: string | undefined;
};

const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  textNodeName: '#text',
  format: true,
  suppressEmptyNode: true,
  processEntities: true,
});

type Element = { readonly [name: string]: string | number | Element | readonly Element[] };

/**
 * One JUnit file of all shards: a suite for each, in order, with its cases as they were read. A shard without a report
 * has one errored case, so that whoever counts this file never finds it green. Passwords and URLs are starred out.
 */
export function mergedJunit(shards: readonly ShardReport[], redact: Redact): string {
  const suites = shards.toSorted((a, b) => a.index - b.index).map((shard) => suite(shard, redact));
  return builder.build({
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    testsuites: { testsuite: suites },
  });
}

function suite({ index, run, reason }: ShardReport, redact: Redact): Element {
  const cases = run?.cases ?? [withoutReport(reason)];
  const counts = countTests({ file: '', cases });
  return {
    '@name': `shard ${index}`,
    '@tests': cases.length,
    '@failures': counts.failed,
    '@errors': counts.errored,
    '@skipped': counts.skipped,
    testcase: cases.map((one) => testcase(one, redact)),
  };
}

function withoutReport(reason: string | undefined): TestCase {
  return {
    name: 'test report',
    status: 'errored',
    message: reason ?? 'The shard left no report.',
    file: undefined,
    line: undefined,
    durationMs: undefined,
    flaky: false,
  };
}

/** JUnit's own words for how a test ended; a passed one says nothing. */
const ENDINGS = { passed: undefined, failed: 'failure', errored: 'error', skipped: 'skipped' } as const;

function testcase({ name, status, message, file, line, durationMs }: TestCase, redact: Redact): Element {
  const ending = ENDINGS[status];
  const text = clean(redact(message ?? ''));
  return {
    '@name': clean(redact(name)),
    ...(file === undefined ? {} : { '@file': clean(redact(file)) }),
    ...(line === undefined ? {} : { '@line': line }),
    ...(durationMs === undefined ? {} : { '@time': durationMs / 1_000 }),
    ...(ending === undefined
      ? {}
      : { [ending]: { '@message': text.split('\n', 1)[0] ?? '', '#text': text } }),
  };
}

/** XML 1.0 has no place for these two even as references (section 2.2); other control characters are gone since reading. */
function clean(text: string): string {
  return text.replaceAll(/[\ufffe\uffff]/g, '');
}
