export const TEST_STATUSES = ['passed', 'failed', 'errored', 'skipped'] as const;
/** `failed`: an expectation did not hold. `errored`: the test broke before it could say, in a fixture or at load. */
export type TestStatus = (typeof TEST_STATUSES)[number];

/** One test as its runner reported it. Texts come from the pull request: no control characters, but hostile otherwise. */
export type TestCase = {
  /** Suite and test, joined by ` › `. */
  readonly name: string;
  readonly status: TestStatus;
  /** Why it failed or was skipped, at most 2,000 characters. */
  readonly message: string | undefined;
  /** As the runner wrote it: absolute, or relative to wherever it ran. */
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly durationMs: number | undefined;
  /** It failed first and passed when it was run again. */
  readonly flaky: boolean;
};

/** What one report says. `file` is the report's own path. Holds at least one case. */
export type TestRun = { readonly file: string; readonly cases: readonly TestCase[] };

export type TestCounts = Readonly<Record<TestStatus, number>>;

/** How many tests ended in which way. */
export function countTests(run: TestRun): TestCounts {
  const counts = { passed: 0, failed: 0, errored: 0, skipped: 0 };
  for (const { status } of run.cases) counts[status] += 1;
  return counts;
}
