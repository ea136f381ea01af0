import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { MAXIMUM_REPORT_BYTES, parseJunit } from '../../src/testing/junit.ts';
import { countTests, type TestCase } from '../../src/testing/test-run.ts';

const parse = (xml: string) => parseJunit(Buffer.from(xml), 'junit.xml');

const wanted = (testCase: TestCase) =>
  Object.fromEntries(Object.entries(testCase).filter(([, value]) => value !== undefined && value !== false));

const dialects: readonly { runner: string; xml: string; cases: readonly Record<string, unknown>[] }[] = [
  {
    runner: 'node:test (tests without a suite, raw escapes, a failing todo that is forgiven)',
    xml: `<?xml version="1.0" encoding="utf-8"?>
<testsuites>
	<testcase name="totals match" time="0.000483" classname="test" file="/shop/orders.test.mjs"/>
	<testcase name="later" time="0.1" classname="test" file="/shop/orders.test.mjs" failure="todo fails">
		<skipped type="todo" message="true"/>
		<failure type="testCodeFailure" message="todo fails">Error: todo fails</failure>
	</testcase>
	<testsuite name="outer" time="0.001047" disabled="0" errors="0" tests="2" failures="2" skipped="0">
		<testsuite name="inner" errors="0" tests="1" failures="1">
			<testcase name="y" time="0.000054" classname="outer.inner" file="/shop/orders.test.mjs" failure="\u001b[31mred\u001b[0m">
				<failure type="testCodeFailure" message="\u001b[31mred\u001b[0m">
Error [ERR_TEST_FAILURE]: \u001b[31mred\u001b[0m
    at &lt;anonymous>
				</failure>
			</testcase>
		</testsuite>
		<testcase name="todo inside" classname="test"><skipped type="todo"/><failure message="x"/></testcase>
	</testsuite>
	<!-- tests 3 -->
</testsuites>`,
    cases: [
      { name: 'totals match', status: 'passed', file: '/shop/orders.test.mjs', durationMs: 0.483 },
      {
        name: 'later',
        status: 'skipped',
        message: 'Error: todo fails',
        file: '/shop/orders.test.mjs',
        durationMs: 100,
      },
      {
        name: 'outer.inner › y',
        status: 'failed',
        message: 'Error [ERR_TEST_FAILURE]: red\n    at <anonymous>',
        file: '/shop/orders.test.mjs',
        durationMs: 0.054,
      },
      { name: 'outer › todo inside', status: 'skipped', message: 'x' },
    ],
  },
  {
    runner: 'jest-junit (class name repeats the title)',
    xml: `<testsuites name="jest tests" tests="2" failures="1" errors="0" time="1.5">
  <testsuite name="Cart" errors="0" failures="1" skipped="0" tests="2">
    <testcase classname="Cart adds" name="Cart adds" time="0.005"></testcase>
    <testcase classname="Cart" name="Cart removes" time="0.002"><failure>Error: expect(received).toBe(expected)

Expected: 1</failure></testcase>
  </testsuite>
</testsuites>`,
    cases: [
      { name: 'Cart adds', status: 'passed', durationMs: 5 },
      {
        name: 'Cart removes',
        status: 'failed',
        message: 'Error: expect(received).toBe(expected)\n\nExpected: 1',
        durationMs: 2,
      },
    ],
  },
  {
    runner: 'vitest (suite and class are the file)',
    xml: `<testsuites name="vitest tests" tests="1" failures="1" errors="0">
  <testsuite name="test/pay.test.ts" tests="1" failures="1" errors="0" skipped="0">
    <testcase classname="test/pay.test.ts" name="pay &gt; refunds" time="0.01">
      <failure message="expected 1 to be 2" type="AssertionError">AssertionError: expected 1 to be 2
 ❯ test/pay.test.ts:4:5</failure>
    </testcase>
  </testsuite>
</testsuites>`,
    cases: [
      {
        name: 'test/pay.test.ts › pay > refunds',
        status: 'failed',
        message: 'AssertionError: expected 1 to be 2\n ❯ test/pay.test.ts:4:5',
        durationMs: 10,
      },
    ],
  },
  {
    runner: 'Playwright (text in CDATA, attachments in system-out)',
    xml: `<testsuites id="" name="" tests="2" failures="1" skipped="1" errors="0" time="3.1">
<testsuite name="login.spec.ts" hostname="chromium" tests="2" failures="1" skipped="1" errors="0">
<testcase name="login › works" classname="login.spec.ts" time="2.2">
<failure message="login.spec.ts:3:5 works" type="FAILURE"><![CDATA[  [chromium] › login.spec.ts:3:5 works <b> & ]]]]><![CDATA[> end]]></failure>
<system-out><![CDATA[[[ATTACHMENT|trace.zip]]
]]></system-out>
</testcase>
<testcase name="login › slow" classname="login.spec.ts" time="0"><skipped></skipped></testcase>
</testsuite>
</testsuites>`,
    cases: [
      {
        name: 'login.spec.ts › login › works',
        status: 'failed',
        message: '[chromium] › login.spec.ts:3:5 works <b> & ]]> end',
        durationMs: 2200,
      },
      { name: 'login.spec.ts › login › slow', status: 'skipped', durationMs: 0 },
    ],
  },
  {
    runner: 'pytest (root is testsuites, brackets in names, a fixture that breaks, file and line of xunit1)',
    xml: `<testsuites><testsuite name="pytest" errors="1" failures="0" skipped="1" tests="3">
<testcase classname="tests.test_db.TestDb" name="test_a[x-1]" file="tests/test_db.py" line="12" time="0.001"/>
<testcase classname="tests.test_db" name="test_b" time="0.2"><error message="failed on setup with &quot;boom&quot;">def db():
E   boom</error></testcase>
<testcase classname="tests.test_db" name="test_c"><skipped type="pytest.xfail" message="known"/></testcase>
</testsuite></testsuites>`,
    cases: [
      {
        name: 'tests.test_db.TestDb › test_a[x-1]',
        status: 'passed',
        file: 'tests/test_db.py',
        line: 12,
        durationMs: 1,
      },
      {
        name: 'tests.test_db › test_b',
        status: 'errored',
        message: 'failed on setup with "boom"\ndef db():\nE   boom',
        durationMs: 200,
      },
      { name: 'tests.test_db › test_c', status: 'skipped', message: 'known' },
    ],
  },
  {
    runner: 'Maven Surefire (root is one testsuite, thousands separator, flaky and rerun)',
    xml: `<testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" name="com.acme.OrderTest" time="1,234.5" tests="3" errors="0" skipped="0" failures="1">
  <properties><property name="user.dir" value="/x"/></properties>
  <testcase name="slow" classname="com.acme.OrderTest" time="1,234.5"/>
  <testcase name="wobbly" classname="com.acme.OrderTest" time="0.1"><flakyFailure message="once"><stackTrace>at x</stackTrace></flakyFailure></testcase>
  <testcase name="bad" classname="com.acme.OrderTest" time="n/a"><failure message="no">at y</failure><rerunFailure message="no">at y</rerunFailure></testcase>
</testsuite>`,
    cases: [
      { name: 'com.acme.OrderTest › slow', status: 'passed', durationMs: 1_234_500 },
      { name: 'com.acme.OrderTest › wobbly', status: 'passed', durationMs: 100, flaky: true },
      { name: 'com.acme.OrderTest › bad', status: 'failed', message: 'no\nat y' },
    ],
  },
  {
    runner: 'gotestsum',
    xml: `<testsuites tests="1" failures="1" errors="0" time="0.1">
	<testsuite tests="1" failures="1" time="0.006000" name="acme/shop" timestamp="2026-11-21T00:00:00Z">
		<properties><property name="go.version" value="go1.26"></property></properties>
		<testcase classname="acme/shop" name="TestTotal/empty" time="0.000000">
			<failure message="Failed" type="">=== RUN   TestTotal/empty&#xA;    shop_test.go:9: got 0&#xA;</failure>
		</testcase>
	</testsuite>
</testsuites>`,
    cases: [
      {
        name: 'acme/shop › TestTotal/empty',
        status: 'failed',
        message: 'Failed\n=== RUN   TestTotal/empty\n    shop_test.go:9: got 0',
        durationMs: 0,
      },
    ],
  },
  {
    runner: 'PHPUnit (suites in suites, file on the suite)',
    xml: `<testsuites>
  <testsuite name="" tests="2" assertions="2" errors="1" failures="0" skipped="0">
    <testsuite name="Acme\\CartTest" file="/app/tests/CartTest.php" tests="2" errors="1" failures="0">
      <testcase name="testAdd" class="Acme\\CartTest" classname="Acme.CartTest" file="/app/tests/CartTest.php" line="9" time="0.002"/>
      <testcase name="testBreak" class="Acme\\CartTest" line="17"><error type="TypeError">TypeError: x</error></testcase>
    </testsuite>
  </testsuite>
</testsuites>`,
    cases: [
      {
        name: 'Acme.CartTest › testAdd',
        status: 'passed',
        file: '/app/tests/CartTest.php',
        line: 9,
        durationMs: 2,
      },
      {
        name: 'Acme\\CartTest › testBreak',
        status: 'errored',
        message: 'TypeError: x',
        file: '/app/tests/CartTest.php',
        line: 17,
      },
    ],
  },
  {
    runner: 'GoogleTest and CTest (the status stands in an attribute)',
    xml: `<testsuites><testsuite name="s"><testcase name="a" status="notrun"/><testcase name="b" status="fail"/><testcase name="c" status="run"/></testsuite></testsuites>`,
    cases: [
      { name: 's › a', status: 'skipped' },
      { name: 's › b', status: 'failed' },
      { name: 's › c', status: 'passed' },
    ],
  },
];

describe('parseJunit reads what each runner writes', () => {
  for (const { runner, xml, cases } of dialects) {
    it(runner, () => {
      const run = parse(xml);
      assert.equal(run.file, 'junit.xml');
      assert.deepEqual(run.cases.map(wanted), cases);
    });
  }

  it('counts by status', () => {
    const [node] = dialects;
    assert.deepEqual(countTests(parse(node?.xml ?? '')), { passed: 1, failed: 1, errored: 0, skipped: 2 });
  });
});

describe('parseJunit believes the worst that the report says', () => {
  it('takes a complaint of the suite itself as an error', () => {
    const { cases } = parse(
      '<testsuites><testsuite name="db" file="db.ts"><testcase name="a"/><error message="hook broke"/></testsuite></testsuites>',
    );
    assert.deepEqual(wanted(cases[1] as TestCase), {
      name: 'db',
      status: 'errored',
      message: 'hook broke',
      file: 'db.ts',
    });
  });

  for (const [where, xml] of [
    [
      'in the root',
      '<testsuites failures="1" errors="1"><testsuite name="s"><testcase name="a"/></testsuite></testsuites>',
    ],
    [
      'in the suites',
      '<testsuites><testsuite failures="1"><testcase name="a"/></testsuite><testsuite errors="1"/></testsuites>',
    ],
  ] as const) {
    it(`takes failures that are counted ${where} but not listed as an error`, () => {
      const run = parse(xml);
      assert.equal(countTests(run).errored, 1);
      assert.equal(run.cases.at(-1)?.message, 'The report counts 2 failed tests and lists 0.');
    });
  }
});

describe('parseJunit makes hostile text harmless', () => {
  it('strips escapes, also those written as references, and control characters', () => {
    const { cases } = parse(
      '<testsuites><testcase name="&#x1b;]0;title&#7;a&#27;[31mb\u0000&#13;c"/></testsuites>',
    );
    assert.equal(cases[0]?.name, 'abc');
  });

  it('keeps attributes and elements that are named like JavaScript’s own apart', () => {
    const { cases } = parse(
      '<testsuites constructor="x"><testcase name="a" __proto__="b" toString="c"><failure constructor="d">e</failure></testcase></testsuites>',
    );
    assert.equal(cases[0]?.status, 'failed');
    assert.equal(({} as Record<string, unknown>).b, undefined);
  });

  it('cuts a long message and no character in two', () => {
    const { cases } = parse(
      `<testsuites><testcase name="a"><failure>${'y'.repeat(1998)}😀${'y'.repeat(50)}</failure></testcase></testsuites>`,
    );
    assert.equal(cases[0]?.message, `${'y'.repeat(1998)}\ufffd…`);
  });

  it('reads declared and marked encodings', () => {
    const xml = '<?xml version="1.0" encoding="ISO-8859-1"?><testsuites><testcase name="Über"/></testsuites>';
    assert.equal(parseJunit(Buffer.from(xml, 'latin1'), 'j').cases[0]?.name, 'Über');
    const wide = Buffer.from(`\ufeff${xml}`, 'utf16le');
    assert.equal(parseJunit(wide, 'j').cases[0]?.name, 'Über');
    assert.equal(parse(`\ufeff${xml.replace('ISO-8859-1', 'UTF-8')}`).cases[0]?.name, 'Über');
  });
});

const whole = '<testsuites><testsuite name="s"><testcase name="a"/></testsuite><!-- end --></testsuites>';

const refused: readonly { what: string; xml: Buffer | string; says: RegExp }[] = [
  { what: 'an empty file', xml: '', says: /junit\.xml is empty: the test runner crashed before writing it/ },
  { what: 'white space', xml: ' \n\t\n', says: /is empty/ },
  { what: 'zero bytes', xml: '\0\0\0', says: /is empty/ },
  { what: 'text', xml: 'npm ERR! missing script', says: /not complete XML/ },
  { what: 'two documents one after the other', xml: whole + whole, says: /root elements|not complete XML/ },
  {
    what: 'other XML',
    xml: '<coverage><testcase name="a"/></coverage>',
    says: /its root element is coverage/,
  },
  { what: 'no test at all', xml: '<testsuites tests="0"/>', says: /holds no test/ },
  {
    what: 'suites without a test',
    xml: '<testsuites><testsuite name="s"/></testsuites>',
    says: /holds no test/,
  },
  {
    what: 'an entity bomb',
    xml: `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>${whole}`,
    says: /declares a DOCTYPE/,
  },
  {
    what: 'an external entity',
    xml: `<?xml version="1.0"?>\n<!DOCTYPE x SYSTEM "file:///etc/passwd">${whole}`,
    says: /declares a DOCTYPE/,
  },
  {
    what: 'nesting without end',
    xml: `${'<testsuite>'.repeat(5000)}${'</testsuite>'.repeat(5000)}`,
    says: /not complete XML/,
  },
  {
    what: 'an unknown encoding',
    xml: `<?xml version="1.0" encoding="x-klingon"?>${whole}`,
    says: /unknown encoding x-klingon/,
  },
  { what: 'more than 50 MiB', xml: Buffer.alloc(MAXIMUM_REPORT_BYTES + 1, 'x'), says: /larger than 50 MiB/ },
];

describe('parseJunit refuses', () => {
  for (const { what, xml, says } of refused) {
    it(what, () => {
      assert.throws(
        () => parseJunit(Buffer.from(xml as string), 'junit.xml'),
        (error) => error instanceof UserError && says.test(error.message) && error.hint !== undefined,
      );
    });
  }

  it('the same file cut off anywhere', () => {
    const end = whole.lastIndexOf('</testsuites>') + '</testsuites>'.length;
    for (let length = 1; length < end; length += 1) {
      assert.throws(() => parse(whole.slice(0, length)), UserError, `cut after ${length} bytes`);
    }
    assert.equal(parse(whole).cases.length, 1);
  });

  it('no DOCTYPE that a failure message only quotes', () => {
    const run = parse(
      '<testsuites><testcase name="a"><failure><![CDATA[<!DOCTYPE html>]]></failure></testcase></testsuites>',
    );
    assert.equal(run.cases[0]?.message, '<!DOCTYPE html>');
  });
});

describe('hostile text in a report', () => {
  const sequences = [
    '&#27;]',
    '&#27;[',
    '&#27;(',
    '&#27;]0;',
    '&#27;[1;',
    '&#27; ',
    '&#27;&#27;',
    ']&#27;]a&#10;',
  ];
  for (const sequence of sequences) {
    it(`2 MB of ${sequence} are read in less than 2 s of work`, () => {
      const text = sequence.repeat(Math.ceil(2_000_000 / sequence.length));
      const xml = `<testsuite><testcase name="${text}x"><failure message="${text}">${text}</failure></testcase></testsuite>`;
      // The processor's time: on a busy machine the clock tells of its neighbours.
      const from = process.cpuUsage();
      const [testCase] = parse(xml).cases;
      const took = process.cpuUsage(from).user / 1000;
      assert.ok(took < 2_000, `${Math.round(took)} ms`);
      assert.equal(testCase?.status, 'failed');
      assert.doesNotMatch(`${testCase?.name}${testCase?.message ?? ''}`, /\p{Cc}(?<![\t\n])/u);
    });
  }

  it('takes out links, titles and colours, and leaves the words', () => {
    const name = '&#27;]8;;https://example.org&#7;totals&#27;]8;;&#7; &#27;[1;31mmatch&#27;[0m&#27;(B';
    assert.equal(parse(`<testsuite><testcase name="${name}"/></testsuite>`).cases[0]?.name, 'totals match');
  });
});
