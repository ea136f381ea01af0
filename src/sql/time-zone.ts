/** Whether a TimeZone setting is one of the names of UTC, under which timestamp and timestamptz hold the same; not when nobody knows it. */
export function isUtc(timeZone: string | undefined): boolean {
  return /^((etc\/)?(utc|gmt|universal|zulu|uct|greenwich)|posix\/utc)$/i.test(timeZone ?? '');
}
