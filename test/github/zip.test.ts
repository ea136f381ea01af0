import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { strToU8, zipSync } from 'fflate';
import { readOnlyEntry } from '../../src/github/zip.ts';
import { seeded } from '../support/hostile.ts';
import { type ZipEntry, type ZipLies, zipOf } from '../support/zips.ts';

const MIB = 1_048_576;
const content = '{"text":"é"}';
const read = (archive: Uint8Array, maximum = MIB) => readOnlyEntry(archive, 'evidence.json', maximum);

test('reads the one file, packed or stored, with a comment, and as other tools write it', () => {
  const archives = [
    zipOf([{ content }]),
    zipOf([{ content, stored: true }]),
    zipOf([{ content }], { comment: 'PK\u0005\u0006 is no end' }),
    zipSync({ 'evidence.json': strToU8(content) }),
    // Data descriptors behind the data, as a stream writes them: upload-artifact's archives are such.
    execFileSync('python3', [
      '-c',
      'import sys,zipfile\nclass Out:\n  write=lambda s,b: sys.stdout.buffer.write(b)\n  flush=lambda s: None\nwith zipfile.ZipFile(Out(),"w",zipfile.ZIP_DEFLATED) as z: z.writestr("evidence.json", sys.argv[1])',
      content,
    ]),
  ];
  for (const archive of archives) assert.deepEqual(read(archive), { kind: 'file', text: content });
});

test('a file of exactly the limit is read, one byte more is not', () => {
  const text = 'x'.repeat(MIB);
  assert.equal(read(zipOf([{ content: text }])).kind, 'file');
  assert.equal(read(zipOf([{ content: `${text}x` }])).kind, 'refused');
});

const cases: readonly [string, readonly ZipEntry[], RegExp, ZipLies?][] = [
  ['no entry', [], /exactly one/],
  ['two entries', [{ content }, { name: 'b', content }], /exactly one/],
  ['two of the name', [{ content }, { content }], /exactly one/],
  ['65,534 entries counted', [{ content }], /exactly one/, { count: 65_534 }],
  ['a second entry that is not counted', [{ content }, { content }], /broken/, { count: 1 }],
  ['another name', [{ name: 'result.json', content }], /another file than evidence\.json/],
  ['a path upwards', [{ name: '../evidence.json', content }], /another file/],
  ['an absolute path', [{ name: '/evidence.json', content }], /another file/],
  ['a folder', [{ name: 'evidence.json/', content: '' }], /another file/],
  ['capital letters', [{ name: 'Evidence.json', content }], /another file/],
  ['a NUL in the name', [{ name: 'evidence.json\0.exe', content }], /another file/],
  ['a name that only the data has', [{ content, localName: '../../x' }], /broken/],
  ['encrypted', [{ content, flags: 1 }], /encrypted/],
  ['strongly encrypted', [{ content, flags: 0x41 }], /encrypted/],
  ['another method', [{ content, method: 12 }], /packed in a way/],
  ['a size that is told too small', [{ content: content.repeat(99), size: 3 }], /another size/],
  ['a size that is told too large', [{ content, size: 5_000 }], /another size/],
  ['a size beyond the limit', [{ content, size: 4_000_000_000 }], /larger than 1 MiB/],
  ['a zip bomb of 1 GiB that says 12 bytes', [{ content, packed: bomb(), size: 12 }], /larger than 1 MiB/],
  ['data that ends early', [{ content: content.repeat(99), packedSize: 20 }], /broken|another size/],
  ['data that goes beyond the archive', [{ content, packedSize: 90_000 }], /broken/],
  ['data that is no deflate', [{ content, packed: Buffer.from([255, 255, 255, 255]) }], /broken/],
  ['data that lies outside', [{ content }], /broken/, { offset: 900_000 }],
  ['bytes before the end record', [{ content }], /broken/, { gap: Buffer.alloc(40) }],
  ['Latin-1', [{ content: Buffer.from([123, 0xe9, 125]) }], /not UTF-8/],
  ['half a surrogate pair in bytes', [{ content: Buffer.from([0xed, 0xa0, 0xbd]) }], /not UTF-8/],
];

/** 1 MiB of zeros packed, 1,024 times: far beyond any limit when it is unpacked. */
function bomb(): Uint8Array {
  const script =
    'import sys,zlib\nc=zlib.compressobj(9,8,-15)\nfor i in range(1024): sys.stdout.buffer.write(c.compress(bytes(1048576)))\nsys.stdout.buffer.write(c.flush())';
  return execFileSync('python3', ['-c', script], { maxBuffer: 16 * MIB });
}

for (const [what, entries, says, lies] of cases) {
  test(`refuses ${what}`, () => {
    const found = read(zipOf(entries, lies));
    assert.equal(found.kind, 'refused');
    assert.match(found.kind === 'refused' ? found.why : '', says);
  });
}

test('refuses what is no archive, and every archive that is cut', () => {
  const whole = zipOf([{ content }]);
  for (const junk of [
    Buffer.alloc(0),
    Buffer.from('PK'),
    Buffer.from(content),
    Buffer.alloc(100_000, 0x50),
  ]) {
    assert.deepEqual(read(junk), { kind: 'refused', why: 'The artifact is not a zip archive.' });
  }
  for (let length = 0; length < whole.length; length += 1) {
    assert.equal(read(whole.subarray(0, length)).kind, 'refused', `cut at ${length}`);
  }
});

test('never throws, whatever byte of an archive is changed, and gives nothing but the file or a sentence', () => {
  const random = seeded(7);
  const whole = zipOf([{ content: content.repeat(50) }]);
  let read_ = 0;
  for (let round = 0; round < 20_000; round += 1) {
    const broken = Buffer.from(whole);
    for (let change = 0; change <= round % 3; change += 1) {
      broken[Math.floor(random() * broken.length)] = Math.floor(random() * 256);
    }
    const found = read(broken);
    if (found.kind === 'refused') assert.match(found.why, /^The (artifact|file in the artifact) [\w .-]+\.$/);
    else read_ += 1;
  }
  assert.ok(read_ < 20_000);
});
