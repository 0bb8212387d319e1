// A client of the original system as its users wrote it: ws, LOGIN, HEARTBEAT. Shares no code with the product.
import WebSocket from 'ws';

/** A frame as received, with when. */
export interface SeenFrame {
  at: number;
  cmd?: string;
  type?: string;
  data?: Record<string, unknown>;
}

export interface LegacyOptions {
  /** ws://host:port/message-push/v1/message */
  url: string;
  token: string;
  app: string;
  platform?: string;
  /** Send the values as headers instead of query parameters. */
  headers?: boolean;
}

/** One connection; every frame that arrived stays in `frames`. */
export class LegacyClient {
  readonly frames: SeenFrame[] = [];
  readonly socket: WebSocket;
  closed: { code: number; reason: string } | undefined;
  refused: { status: number; body: string } | undefined;
  private readonly waiting = new Set<() => void>();

  constructor({ url, token, app, headers }: LegacyOptions) {
    const value = `Bearer pc:${token}`;
    this.socket = headers
      ? new WebSocket(url, { headers: { Authorization: value, 'auth-app-id': app } })
      : new WebSocket(`${url}?Authorization=${encodeURIComponent(value)}&auth-app-id=${encodeURIComponent(app)}`);
    this.socket.on('message', (bytes) =>
      this.note(() => this.frames.push({ at: Date.now(), ...JSON.parse(String(bytes)) })),
    );
    this.socket.on('close', (code, reason) => this.note(() => (this.closed = { code, reason: String(reason) })));
    for (const event of ['open', 'error']) this.socket.on(event, () => this.note(() => undefined));
    this.socket.on('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => this.note(() => (this.refused = { status: response.statusCode ?? 0, body })));
    });
  }

  /** Connects and logs in; resolves with the LOGIN answer. */
  static async login(options: LegacyOptions): Promise<LegacyClient> {
    const client = new LegacyClient(options);
    // In the open handler, with no pause after 101: the hardest moment.
    client.socket.on('open', () =>
      client.send({ cmd: 'LOGIN', token: '', data: { appKey: options.app, platform: options.platform ?? 'h5' } }),
    );
    const answer = await client.until(
      () => client.frames.find((frame) => frame.type === 'LOGIN') ?? client.refused ?? client.closed,
    );
    if (!('data' in answer) || answer.data?.code !== 1) throw new Error(`LOGIN failed: ${JSON.stringify(answer)}`);
    return client;
  }

  send(frame: object | string): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** Data of the MESSAGE frames so far. */
  messages(): Record<string, unknown>[] {
    return this.frames.filter((frame) => frame.type === 'MESSAGE').map((frame) => frame.data ?? {});
  }

  /** Resolves with the first truthy value of `look`, which is asked after each event. */
  until<T>(look: () => T | undefined | false, timeoutMs = 10_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const check = () => {
        const found = look();
        if (!found) return;
        clearTimeout(timer);
        this.waiting.delete(check);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.waiting.delete(check);
        reject(
          new Error(
            `nothing of the kind within ${timeoutMs} ms; frames: ${JSON.stringify(this.frames.slice(-5))}, closed: ${JSON.stringify(this.closed)}`,
          ),
        );
      }, timeoutMs);
      this.waiting.add(check);
      check();
    });
  }

  close(): void {
    this.socket.close();
  }

  terminate(): void {
    this.socket.terminate();
  }

  private note(change: () => unknown): void {
    change();
    for (const check of [...this.waiting]) check();
  }
}
