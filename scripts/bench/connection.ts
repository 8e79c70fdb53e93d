import { createConnection, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: Buffer;
}

/**
 * One keep-alive HTTP/1.1 connection that costs the machine as little as possible, so that the server is what is
 * measured. One request at a time; answers have a Content-Length or are chunked.
 */
export class Connection {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
      this.#settle();
    });
    const fail = (error: Error) => this.#waiting?.reject(error);
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('the server closed the connection')));
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(port, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Connection(socket));
      });
    });
  }

  /** `request` is the whole message as `message` makes it. */
  send(request: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #settle(): void {
    const answer = readAnswer(this.#received);
    if (!answer || !this.#waiting) return;
    this.#received = this.#received.subarray(answer.length);
    const { resolve } = this.#waiting;
    this.#waiting = undefined;
    resolve(answer);
  }
}

/** A request as bytes. */
export function message(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array = '',
): Buffer {
  const bytes = Buffer.from(body);
  const lines = Object.entries({ host: '127.0.0.1', ...headers, 'content-length': String(bytes.length) });
  const head = `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

function readAnswer(received: Buffer): (Answer & { length: number }) | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = received.toString('latin1', 0, end);
  const status = Number(head.slice(9, 12));
  const from = end + 4;
  const stated = /\r\ncontent-length: (\d+)/i.exec(head);
  if (stated) {
    const length = from + Number(stated[1]);
    return received.length < length
      ? undefined
      : { status, head, body: received.subarray(from, length), length };
  }
  if (/\r\ntransfer-encoding: chunked/i.test(head)) {
    const chunked = readChunks(received, from);
    return chunked && { status, head, ...chunked };
  }
  return { status, head, body: Buffer.alloc(0), length: from };
}

function readChunks(received: Buffer, from: number): { body: Buffer; length: number } | undefined {
  const parts: Buffer[] = [];
  for (let at = from; ; ) {
    const line = received.indexOf('\r\n', at);
    if (line < 0) return undefined;
    const size = Number.parseInt(received.toString('latin1', at, line), 16);
    const next = line + 2 + size + 2;
    if (received.length < next) return undefined;
    if (size === 0) return { body: Buffer.concat(parts), length: next };
    parts.push(received.subarray(line + 2, line + 2 + size));
    at = next;
  }
}
