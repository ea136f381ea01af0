/** Bytes of a name; the server cuts what is longer (NAMEDATALEN - 1). */
const LONGEST = 63;

/**
 * The name that the server chooses for an index, constraint or sequence: `table_columns_label`, its first two parts
 * shortened evenly until it fits (makeObjectName in indexcmds.c). Lengths count bytes, as the server's do.
 */
export function objectName(first: string, second: string, label: string): string {
  const room = LONGEST - (label === '' ? 0 : label.length + 1) - (second === '' ? 0 : 1);
  let [one, two] = [Buffer.byteLength(first), Buffer.byteLength(second)];
  while (one + two > room) {
    if (one > two) one -= 1;
    else two -= 1;
  }
  return [clip(first, one), clip(second, two), label].filter((part) => part !== '').join('_');
}

/** The first such name that is free: `name`, `name1`, `name2` … (ChooseRelationName). */
export function freeName(
  first: string,
  second: string,
  label: string,
  isTaken: (name: string) => boolean,
): string {
  for (let number = 0; ; number += 1) {
    const name = objectName(first, second, number === 0 ? label : `${label}${number}`);
    if (!isTaken(name)) return name;
  }
}

/** The middle of an index's name: its columns, an expression being called after its function, the same one twice numbered (ChooseIndexColumnNames). */
export function columnLabels(columns: readonly string[]): string {
  const labels: string[] = [];
  for (const column of columns) {
    const label = columnLabel(column);
    let free = label;
    for (let number = 1; labels.includes(free); number += 1) free = `${label}${number}`;
    labels.push(free);
  }
  return labels.join('_');
}

function columnLabel(column: string): string {
  if (!/[(:+*/<>=|'-]/.test(column)) return column;
  return /^(?:\w+\.)?(\w+)\(/.exec(column)?.[1]?.toLowerCase() ?? 'expr';
}

/** Never half a character (pg_mbcliplen). */
function clip(text: string, bytes: number): string {
  const whole = Buffer.from(text);
  if (whole.length <= bytes) return text;
  let end = bytes;
  while (end > 0 && ((whole[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return whole.subarray(0, end).toString();
}
