/** The server's levels in the order of client_min_messages (docs 19.8.2); all of DEBUG1 to DEBUG5 are told as DEBUG. */
const LEVELS = ['DEBUG5', 'DEBUG4', 'DEBUG3', 'DEBUG2', 'DEBUG1', 'LOG', 'NOTICE', 'WARNING', 'ERROR'];

/** Whether a client that asked for messages from `asked` on would have got one of this severity. INFO always comes (elog.c). */
export function isAsked(severity: string, asked: string): boolean {
  if (severity === 'INFO') return true;
  const level = severity === 'DEBUG' ? 'DEBUG1' : severity;
  return LEVELS.indexOf(level) >= LEVELS.indexOf(asked.toUpperCase());
}

/** What the session is set to, so that the client gets what it asked for and we get what the server does. */
export function heardLevel(asked: string): string {
  const isMore = LEVELS.indexOf(asked.toUpperCase()) < LEVELS.indexOf('DEBUG1');
  return isMore && asked !== '' ? asked : 'debug1';
}
