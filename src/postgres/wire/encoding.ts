import type { Decode } from './server-fields.ts';

/** Postgres' names of encodings (docs 24.3.1) as the WHATWG's Encoding Standard calls them. All others are read as UTF-8. */
const LABELS: Readonly<Record<string, string>> = {
  LATIN1: 'latin1',
  LATIN2: 'iso-8859-2',
  LATIN3: 'iso-8859-3',
  LATIN4: 'iso-8859-4',
  LATIN6: 'iso-8859-10',
  LATIN7: 'iso-8859-13',
  LATIN8: 'iso-8859-14',
  LATIN9: 'iso-8859-15',
  LATIN10: 'iso-8859-16',
  ISO_8859_5: 'iso-8859-5',
  ISO_8859_6: 'iso-8859-6',
  ISO_8859_7: 'iso-8859-7',
  ISO_8859_8: 'iso-8859-8',
  KOI8R: 'koi8-r',
  KOI8U: 'koi8-u',
  WIN866: 'ibm866',
  WIN874: 'windows-874',
  WIN1250: 'windows-1250',
  WIN1251: 'windows-1251',
  WIN1252: 'windows-1252',
  WIN1253: 'windows-1253',
  WIN1254: 'windows-1254',
  WIN1255: 'windows-1255',
  WIN1256: 'windows-1256',
  WIN1257: 'windows-1257',
  WIN1258: 'windows-1258',
  EUC_JP: 'euc-jp',
  EUC_KR: 'euc-kr',
  UHC: 'euc-kr',
  SJIS: 'shift_jis',
  BIG5: 'big5',
  GBK: 'gbk',
  GB18030: 'gb18030',
};

/** Reads texts of a session whose client_encoding is this. */
export function decoderOf(encoding: string): Decode {
  const label = LABELS[encoding.toUpperCase()];
  if (label === undefined) return (bytes) => bytes.toString('utf8');
  const decoder = new TextDecoder(label);
  return (bytes) => decoder.decode(bytes);
}

/** Whether a text's characters are the same bytes in UTF-8, so that a part of it can be sent by itself. */
export function isUtf8(encoding: string, bytes: Buffer): boolean {
  return LABELS[encoding.toUpperCase()] === undefined || !bytes.some((byte) => byte > 0x7f);
}
