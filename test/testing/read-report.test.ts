import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { readReport, stampReport } from '../../src/testing/read-report.ts';

const REPORT = '<testsuites><testcase name="a"/></testsuites>';
let directory: string;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pullgres-report-'));
});
after(() => rm(directory, { recursive: true }));

async function refusal(file: string, stamp?: string): Promise<string> {
  const result = await readReport(directory, file, stamp);
  assert.ok(result instanceof UserError, `${file} was read`);
  return result.message;
}

describe('readReport', () => {
  it('reads what the command wrote, where nothing was before', async () => {
    const stamp = await stampReport(directory, 'new.xml');
    await writeFile(join(directory, 'new.xml'), REPORT);
    const run = await readReport(directory, 'new.xml', stamp);
    assert.ok(!(run instanceof UserError));
    assert.equal(run.cases.length, 1);
  });

  it('refuses a report that the command did not touch', async () => {
    await writeFile(join(directory, 'old.xml'), REPORT);
    const stamp = await stampReport(directory, 'old.xml');
    assert.match(await refusal('old.xml', stamp), /old\.xml is older than this run/);
  });

  it('reads a report that was written again with the same text', async () => {
    await writeFile(join(directory, 'again.xml'), REPORT);
    const stamp = await stampReport(directory, 'again.xml');
    // The kernel stamps files with a clock of a few milliseconds' step.
    await new Promise((resolve) => setTimeout(resolve, 50));
    await writeFile(join(directory, 'again.xml'), REPORT);
    assert.ok(!((await readReport(directory, 'again.xml', stamp)) instanceof UserError));
  });

  it('says that a missing report means a crash', async () => {
    assert.match(
      await refusal('none.xml'),
      /none\.xml is missing: the test runner crashed before writing it/,
    );
  });

  it('gives the reason of a truncated or empty report', async () => {
    await writeFile(join(directory, 'cut.xml'), REPORT.slice(0, -5));
    assert.match(await refusal('cut.xml'), /cut\.xml is not complete XML/);
    await writeFile(join(directory, 'empty.xml'), '');
    assert.match(await refusal('empty.xml'), /empty\.xml is empty/);
  });

  it('does not read directories, devices, pipes and files outside', async () => {
    await symlink('/dev/zero', join(directory, 'zero.xml'));
    execFileSync('mkfifo', [join(directory, 'pipe.xml')]);
    assert.match(await refusal('.'), /not a plain file/);
    assert.match(await refusal('zero.xml'), /not a plain file/);
    assert.match(await refusal('pipe.xml'), /not a plain file/);
    assert.match(await refusal('../other.xml'), /is outside/);
  });

  it('does not read a report over 50 MiB', async () => {
    await writeFile(join(directory, 'huge.xml'), REPORT);
    await truncate(join(directory, 'huge.xml'), 2 ** 40);
    assert.match(await refusal('huge.xml'), /larger than 50 MiB/);
  });
});
