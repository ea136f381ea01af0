/** What a server's log tells of a recovery (xlogrecovery.c, with lc_messages C and log_timezone UTC). */
export type RecoveryFacts = {
  readonly consistentAt: string | undefined;
  /** LSN of the last record replayed. */
  readonly endedAt: string | undefined;
  readonly timeline: number | undefined;
  /** Commit time of the last transaction replayed; undefined when there was none. */
  readonly lastCommit: Date | undefined;
};

const LSN = '([0-9A-F]+/[0-9A-F]+)';

/** Reads the log of one recovery. Of several tellings the last counts. */
export function parseRecoveryLog(log: string): RecoveryFacts {
  const last = (pattern: string): string | undefined =>
    [...log.matchAll(new RegExp(pattern, 'g'))].at(-1)?.[1];
  const timeline = last('selected new timeline ID: (\\d+)');
  const commit = last(
    'last completed transaction was at log time (\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?)\\+00',
  );
  return {
    consistentAt: last(`consistent recovery state reached at ${LSN}`),
    endedAt: last(`redo done at ${LSN}`),
    timeline: timeline === undefined ? undefined : Number(timeline),
    lastCommit: commit === undefined ? undefined : new Date(`${commit.replace(' ', 'T')}Z`),
  };
}

/** When a backup began, from its manifest or its label; undefined where neither tells it in UTC. */
export function backupTime(manifest: string | undefined, label: string | undefined): Date | undefined {
  // The label is made when the backup begins to be sent, and the manifest writes file times in GMT (docs: 77.1).
  const sent = /"Path": "backup_label"[^}]*"Last-Modified": "(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) GMT"/.exec(
    manifest ?? '',
  );
  if (sent !== null) return new Date(`${sent[1]}T${sent[2]}Z`);
  const started = /^START TIME: (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (?:UTC|GMT)$/m.exec(label ?? '');
  return started === null ? undefined : new Date(`${started[1]}T${started[2]}Z`);
}
