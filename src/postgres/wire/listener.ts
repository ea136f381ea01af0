import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

const LOOPBACK = '127.0.0.1';

export type Listener = {
  readonly host: string;
  readonly port: number;
  /** Takes nobody in any more, and cuts who is there. */
  readonly close: () => Promise<void>;
  /** Clients that are there. */
  readonly size: () => number;
};

/** Listens on a free port of 127.0.0.1. `serve` gets each client's socket, paused; it must not reject. */
export async function listenOnLoopback(serve: (client: Socket) => Promise<void>): Promise<Listener> {
  const clients = new Set<Socket>();
  const server = createServer({ noDelay: true, pauseOnConnect: true }, (client) => {
    clients.add(client);
    client.on('error', () => undefined);
    client.once('close', () => clients.delete(client));
    void serve(client);
  });
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    host: LOOPBACK,
    port,
    size: () => clients.size,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const client of clients) client.destroy();
      await closed;
    },
  };
}
