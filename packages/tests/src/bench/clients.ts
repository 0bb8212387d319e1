// Many light clients in one process: ws sockets that log in and call back on each message.
import WebSocket from 'ws';
import type { Target } from './measured.ts';

/** Opens `count` sockets, 100 at a time, each ready when `ready` says so; answers them all. */
export async function openMany(count: number, open: (index: number) => Promise<WebSocket>): Promise<WebSocket[]> {
  const sockets: WebSocket[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next++;
      sockets[index] = await open(index);
    }
  };
  await Promise.all(Array.from({ length: 100 }, worker));
  return sockets;
}

/** Tokens for u0 … u(count-1), fetched 32 at a time. */
export async function tokens(bench: Target, count: number): Promise<string[]> {
  const list: string[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next++;
      list[index] = await bench.back.token(`u${index}`);
    }
  };
  await Promise.all(Array.from({ length: 32 }, worker));
  return list;
}

/** Upgrade and LOGIN as a client of the original; `onMessage` gets the text of each MESSAGE frame. */
export function login(bench: Target, token: string, onMessage: (text: string) => void): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(
      `${bench.url}?Authorization=${encodeURIComponent(`Bearer pc:${token}`)}&auth-app-id=${bench.app}`,
      { perMessageDeflate: false },
    );
    socket.on('error', reject);
    socket.on('open', () => socket.send(`{"cmd":"LOGIN","token":"","data":{"appKey":"${bench.app}","platform":"h5"}}`));
    socket.on('message', (bytes) => {
      const text = String(bytes);
      if (text.includes('"type":"MESSAGE"')) onMessage(text);
      else if (text.includes('"type":"LOGIN"')) resolve(socket);
    });
  });
}

/** A socket to the bare server. */
export function bareSocket(url: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    socket.on('error', reject);
    socket.on('open', () => resolve(socket));
  });
}
