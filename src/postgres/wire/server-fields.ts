import { ServerError } from '../connection.ts';

/** Fields of an ErrorResponse or NoticeResponse by their code (docs 53.8). */
export type ServerFields = ReadonlyMap<string, string>;

/** Texts of the server come in the session's client_encoding. */
export type Decode = (bytes: Buffer) => string;

export const decodeUtf8: Decode = (bytes) => bytes.toString('utf8');

/** Reads a whole ErrorResponse or NoticeResponse, header included. */
export function readFields(bytes: Buffer, decode: Decode = decodeUtf8): ServerFields {
  const fields = new Map<string, string>();
  for (let at = 5; at < bytes.length && bytes[at] !== 0; ) {
    const end = bytes.indexOf(0, at + 1);
    if (end < 0) break;
    fields.set(String.fromCharCode(bytes[at] ?? 0), decode(bytes.subarray(at + 1, end)));
    at = end + 1;
  }
  return fields;
}

/** The severity that no language setting changes; servers before 9.6 had only the other. */
export function severityOf(fields: ServerFields): string {
  return fields.get('V') ?? fields.get('S') ?? 'ERROR';
}

export function serverError(fields: ServerFields): ServerError {
  const position = Number(fields.get('P'));
  return new ServerError(fields.get('M') ?? 'The server gave no message.', {
    code: fields.get('C') ?? 'XX000',
    severity: severityOf(fields),
    detail: fields.get('D'),
    hint: fields.get('H'),
    position: Number.isInteger(position) && position > 0 ? position : undefined,
    where: fields.get('W'),
  });
}

/** The error with its position, in characters, moved: the statement was sent by itself and stands further on in the client's text. */
export function movePosition(bytes: Buffer, characters: number): Buffer {
  if (characters === 0) return bytes;
  const parts: Buffer[] = [];
  for (let at = 5; at < bytes.length && bytes[at] !== 0; ) {
    const end = bytes.indexOf(0, at + 1);
    if (end < 0) return bytes;
    const isPosition = bytes[at] === 0x50;
    const moved = Number(bytes.toString('latin1', at + 1, end)) + characters;
    parts.push(isPosition ? Buffer.from(`P${moved}\0`) : bytes.subarray(at, end + 1));
    at = end + 1;
  }
  const body = Buffer.concat([...parts, Buffer.from([0])]);
  const header = Buffer.from(bytes.subarray(0, 5));
  header.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}
