import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Secret } from '../../src/secret.ts';
import { type CommandRequest, runCommand } from '../../src/testing/run-command.ts';

const facts = {
  host: 'localhost',
  port: 5432,
  database: 'branch',
  user: 'owner',
  password: new Secret('s3cret/word 9'),
  sslmode: 'prefer',
} as const;

let directory: string;
before(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'pullgres-command-')));
});
after(() => rm(directory, { recursive: true }));

async function run(command: string, more: Partial<CommandRequest> = {}) {
  const lines: string[] = [];
  const outcome = await runCommand({
    command,
    directory,
    environment: { PATH: process.env.PATH },
    facts,
    timeoutMs: 60_000,
    signal: new AbortController().signal,
    onLine: (line) => lines.push(line),
    ...more,
  });
  return { ...outcome, lines };
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 1_000; i += 1) {
    if (condition()) return;
    await sleep(10);
  }
  assert.fail(`waited in vain for ${what}`);
}

/** Runs, as opposed to: does not exist, or is dead and not reaped. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== 'linux') return true;
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

const pidIn = async (file: string) => Number(await readFile(join(directory, file), 'utf8'));

describe('runCommand', () => {
  it('runs shell text in the directory, with the branch in the environment and stdin closed', async () => {
    const { lines, ...outcome } = await run(
      'pwd; echo "$PGDATABASE $PGUSER $PGHOST"; cat; echo done | tr a-z A-Z',
    );
    assert.deepEqual(lines, [directory, 'branch owner localhost', 'DONE']);
    assert.equal(outcome.exitCode, 0);
    assert.deepEqual(outcome.tail, lines);
    assert.deepEqual([outcome.signal, outcome.timedOut, outcome.cancelled], [undefined, false, false]);
    assert.ok(outcome.durationMs > 0);
  });

  it('gives the exit code, or the signal that killed the command', async () => {
    assert.equal((await run('exit 3')).exitCode, 3);
    const killed = await run('kill -9 $$');
    assert.deepEqual([killed.exitCode, killed.signal], [undefined, 'SIGKILL']);
    assert.equal((await run('no-such-program-here')).exitCode, 127);
  });

  it('passes on both streams, a last line without an end, and bytes that are not UTF-8', async () => {
    const { lines } = await run(`echo error >&2; printf 'a\\377b\\nlast'`);
    assert.deepEqual([...lines].sort(), ['a\ufffdb', 'error', 'last']);
  });

  it('passes lines on as they come, not at the end', async () => {
    const controller = new AbortController();
    const { cancelled } = await run('echo now; sleep 60', {
      signal: controller.signal,
      onLine: () => controller.abort(),
    });
    assert.equal(cancelled, true);
  });

  it('shows neither password nor URL that the command prints', async () => {
    const { lines, tail } = await run('echo "$DATABASE_URL"; echo "$PGPASSWORD"; env | grep PASSWORD >&2');
    assert.deepEqual([...lines].sort(), ['***', '***', 'PGPASSWORD=***']);
    assert.ok(!tail.join().includes('s3cret'));
  });

  it('keeps the last 200 lines', async () => {
    const { lines, tail } = await run('seq 1 1000');
    assert.equal(lines.length, 1_000);
    assert.deepEqual([tail.length, tail[0], tail.at(-1)], [200, '801', '1000']);
  });

  it('streams 64 MB without keeping them', async () => {
    let bytes = 0;
    const before = process.memoryUsage().rss;
    let peak = before;
    const { exitCode } = await run(
      'yes 0123456789012345678901234567890123456789 | head -c 32000000; head -c 32000000 /dev/zero',
      {
        onLine: (line) => {
          bytes += line.length;
          if (bytes % 1_000 < 41) peak = Math.max(peak, process.memoryUsage().rss);
        },
      },
    );
    assert.equal(exitCode, 0);
    assert.ok(bytes > 30_000_000);
    assert.ok(peak - before < 150_000_000, `grew by ${peak - before} bytes`);
  });

  it('says why it could not start', async () => {
    const gone = await run('true', { directory: join(directory, 'gone') });
    assert.match(gone.startFailure ?? '', /gone does not exist/);
    const big = 'x'.repeat(100_000);
    const tooLarge = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`BIG_${index}`, big]));
    const large = await run('true', { environment: tooLarge });
    assert.match(large.startFailure ?? '', /E2BIG/);
    for (const { exitCode, signal } of [gone, large])
      assert.deepEqual([exitCode, signal], [undefined, undefined]);
  });

  it('does not start when it was cancelled before', async () => {
    const { cancelled, exitCode } = await run('touch started', { signal: AbortSignal.abort() });
    assert.deepEqual([cancelled, exitCode], [true, undefined]);
    assert.ok(!existsSync(join(directory, 'started')));
  });
});

describe('runCommand leaves no process', () => {
  it('when the command’s time is over', async () => {
    const outcome = await run('sleep 300 & echo $! > slow.pid; wait', { timeoutMs: 300 });
    assert.deepEqual([outcome.timedOut, outcome.cancelled, outcome.signal], [true, false, 'SIGTERM']);
    assert.ok(!runs(await pidIn('slow.pid')));
  });

  it('when the command and its child ignore SIGTERM', async () => {
    const controller = new AbortController();
    const outcome = await run(
      `trap '' TERM; (trap '' TERM; while :; do sleep 1; done) & echo $! > deaf.pid; echo up; while :; do sleep 1; done`,
      { signal: controller.signal, onLine: () => controller.abort() },
    );
    assert.deepEqual([outcome.cancelled, outcome.signal], [true, 'SIGKILL']);
    assert.ok(outcome.durationMs >= 4_900, `killed after ${outcome.durationMs} ms`);
    assert.ok(!runs(await pidIn('deaf.pid')));
  });

  it('when the command has put one into the background, which holds its output open', async () => {
    const outcome = await run('sleep 300 & echo $! > background.pid; echo done');
    assert.deepEqual([outcome.exitCode, outcome.lines], [0, ['done']]);
    assert.ok(outcome.durationMs < 30_000);
    assert.ok(!runs(await pidIn('background.pid')));
  });

  it('when the command is stopped like by Ctrl+Z', async () => {
    const controller = new AbortController();
    const outcome = await run('echo $$ > halted.pid; echo up; kill -STOP $$', {
      signal: controller.signal,
      onLine: () => setTimeout(() => controller.abort(), 100),
    });
    assert.equal(outcome.signal, 'SIGTERM');
    assert.ok(!runs(await pidIn('halted.pid')));
  });

  it('and does not wait for one that left the group', async () => {
    const leave = `const child = require('node:child_process').spawn('sleep', ['300'], { detached: true, stdio: 'inherit' });
      require('node:fs').writeFileSync('left.pid', String(child.pid)); process.exit()`;
    const { exitCode, lines, durationMs } = await run('node -e "$LEAVE"; echo done', {
      environment: { PATH: process.env.PATH, LEAVE: leave },
    });
    const pid = await pidIn('left.pid');
    if (runs(pid)) process.kill(pid, 'SIGKILL');
    assert.deepEqual([exitCode, lines], [0, ['done']]);
    assert.ok(durationMs < 30_000);
  });

  it('when SIGINT comes to the whole program', async () => {
    const program = startProgram();
    let output = '';
    program.stdout?.on('data', (chunk) => {
      output += chunk;
    });
    await until(() => output.includes('line up'), 'the command to be up');
    program.kill('SIGINT');
    await new Promise((resolve) => program.once('exit', resolve));
    assert.match(output, /ended true SIGTERM/);
    assert.ok(!runs(await pidIn('interrupted.pid')));
  });
});

/** A program that runs a command until SIGINT aborts it, as the actions do. */
function startProgram(): ChildProcess {
  const modules = ['run-command.ts', '../secret.ts'].map((file) =>
    JSON.stringify(new URL(`../../src/testing/${file}`, import.meta.url).href),
  );
  const source = `
    import { runCommand } from ${modules[0]};
    import { Secret } from ${modules[1]};
    const controller = new AbortController();
    process.on('SIGINT', () => controller.abort());
    const outcome = await runCommand({
      command: 'sleep 300 & echo $! > interrupted.pid; echo up; wait',
      directory: ${JSON.stringify(directory)},
      environment: process.env,
      facts: { host: 'h', port: 1, database: 'd', user: 'u', password: new Secret('p4ssw0rd'), sslmode: 'prefer' },
      timeoutMs: 60_000,
      signal: controller.signal,
      onLine: (line) => console.log('line', line),
    });
    console.log('ended', outcome.cancelled, outcome.signal);`;
  return spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
