import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** One message of the protocol, version 3 (docs: 53.7). */
function message(type: string, ...parts: readonly (string | Buffer)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)),
  );
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

/** A Postgres on loopback that lets everybody in and says that it is `versionNumber` (120022 is 12.22) to whatever it is asked. */
export async function startOldServer(versionNumber: number) {
  const ready = message('Z', 'I');
  // Two integer columns; the lengths are one byte each, as the values are short.
  const field = (name: string) => `${name}\0\0\0\0\0\0\0\0\0\0\x17\0\x04\xff\xff\xff\xff\0\0`;
  const value = (text: string) => `\0\0\0${String.fromCharCode(text.length)}${text}`;
  const answer = [
    message('T', '\0\x02', field('version'), field('pid')),
    message('D', '\0\x02', value(String(versionNumber)), value('4711')),
    message('C', 'SELECT 1\0'),
    ready,
  ];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('data', () => {
      socket.write(Buffer.concat([message('R', '\0\0\0\0'), ready]));
      socket.once('data', () => socket.write(Buffer.concat(answer)));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `postgres://admin:unused@127.0.0.1:${port}/postgres?sslmode=disable`,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
