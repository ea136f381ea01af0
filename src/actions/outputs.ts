/** The words for outputs; those of action.yml are equal, and a test keeps them so. */
export const branchOutputs = {
  'branch-name': "Name of the branch: the database's name on plain Postgres.",
  'branch-id': 'Id of the branch at its provider.',
  created: 'true when this run made the branch, false when it was there.',
  'expires-at': 'When the branch goes stale, ISO 8601 in UTC.',
  'database-url':
    'URL of the branch, masked. A step output: GitHub drops it from job outputs, use `actions/connect` in other jobs.',
  host: 'Host of the branch.',
  port: 'Port of the branch.',
  database: 'Database of the branch.',
  user: 'Login role of the branch.',
  password: "Password of the branch's role, masked.",
} as const;

export const findingOutputs = {
  'findings-error': 'Number of findings of severity error.',
  'findings-warning': 'Number of findings of severity warning.',
  'findings-notice': 'Number of findings of severity notice.',
} as const;

export const evidenceOutput = { 'evidence-path': 'The evidence as JSON.' } as const;

export const junitOutput = {
  'junit-path': 'One JUnit XML file of all shards, when tests ran on shards and wrote reports.',
} as const;

export const verdictOutputs = {
  verdict: 'pass, warn, fail or unproven.',
  ...findingOutputs,
  ...evidenceOutput,
  'report-path': 'The report as Markdown.',
  'html-report-path': 'The report as one HTML file, to be read in a browser or kept as an artifact.',
  'sarif-path':
    'All findings of lint and rehearsal as SARIF 2.1.0, for github/codeql-action/upload-sarif. Accepted risks are suppressed results.',
  'rehearsal-junit-path':
    'The rehearsal as JUnit XML: a suite for each migration, a case for each statement.',
  'comment-url': 'URL of the comment, when one was written.',
} as const;

export const statusOutput = { status: 'passed, failed, unproven or skipped.' } as const;

export const removedOutput = {
  removed: 'true when a branch was removed, false when there was none.',
} as const;
