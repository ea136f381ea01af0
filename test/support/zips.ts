/** Zip archives by hand, so that every field of them may lie (APPNOTE.TXT 6.3.10, section 4.3). */
import { crc32, deflateRawSync } from 'node:zlib';

export type ZipEntry = {
  readonly name?: string;
  readonly content: string | Uint8Array;
  readonly stored?: boolean;
  /** What the directory says; the truth when left out. */
  readonly size?: number;
  readonly packedSize?: number;
  readonly method?: number;
  /** General purpose bits: 1 is encrypted. */
  readonly flags?: number;
  /** The name before the data, where it is another than the directory's. */
  readonly localName?: string;
  /** Packed bytes instead of the content's own. */
  readonly packed?: Uint8Array;
};

export type ZipLies = {
  /** How many entries the end record counts. */
  readonly count?: number;
  readonly comment?: string;
  /** Bytes between directory and end record. */
  readonly gap?: Uint8Array;
  readonly offset?: number;
};

/** An archive as upload-artifact makes it, unless told otherwise. */
export function zipOf(entries: readonly ZipEntry[], lies: ZipLies = {}): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { local, central } = partsOf(entry, lies.offset ?? offset);
    locals.push(local);
    directory.push(central);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  const count = lies.count ?? entries.length;
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(lies.comment?.length ?? 0, 20);
  return Buffer.concat([
    ...locals,
    central,
    lies.gap ?? Buffer.alloc(0),
    end,
    Buffer.from(lies.comment ?? ''),
  ]);
}

function partsOf(entry: ZipEntry, offset: number): { local: Buffer; central: Buffer } {
  const content = Buffer.from(entry.content as string);
  const packed = entry.packed ?? (entry.stored ? content : deflateRawSync(content));
  const name = Buffer.from(entry.name ?? 'evidence.json');
  const localName = Buffer.from(entry.localName ?? entry.name ?? 'evidence.json');
  const shared = Buffer.alloc(26);
  shared.writeUInt16LE(20, 0);
  shared.writeUInt16LE(entry.flags ?? 0, 2);
  shared.writeUInt16LE(entry.method ?? (entry.stored ? 0 : 8), 4);
  shared.writeUInt32LE(crc32(content), 10);
  shared.writeUInt32LE(entry.packedSize ?? packed.length, 14);
  shared.writeUInt32LE(entry.size ?? content.length, 18);
  const local = Buffer.from(shared);
  local.writeUInt16LE(localName.length, 22);
  shared.writeUInt16LE(name.length, 22);
  const position = Buffer.alloc(14);
  position.writeUInt32LE(offset, 10);
  return {
    local: Buffer.concat([word(0x04034b50), local, localName, packed]),
    central: Buffer.concat([word(0x02014b50), Buffer.from([20, 0]), shared, position, name]),
  };
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
