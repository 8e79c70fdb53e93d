/** An HTTP/1.1 client that costs the machine as little as possible, so that the server is what is measured. */

import { createConnection, type Socket } from 'node:net';
import { connect as createTlsConnection } from 'node:tls';
import { type Answer, AnswerReader } from './answer-reader.ts';

export type { Answer };

/** ms that an answer may take. */
const PATIENCE = 60_000;

/** No answer came in time. */
export class TooSlow extends Error {
  override readonly name = 'TooSlow';
  /** ms */
  readonly waited: number;

  constructor(waited: number) {
    super(`no answer came within ${waited / 1000} s`);
    this.waited = waited;
  }
}

/** One connection: one request at a time. Where the server closes it after an answer, it is opened again. */
export class Connection {
  /** ms; those that take longer fail. */
  patience = PATIENCE;
  readonly #origin: URL;
  #socket: Socket | undefined;
  #reader = new AnswerReader();
  #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;

  constructor(origin: URL) {
    this.#origin = origin;
  }

  static async open(origin: URL): Promise<Connection> {
    const connection = new Connection(origin);
    await connection.#connect();
    return connection;
  }

  /** `request` is the whole message as `message` makes it. @throws TooSlow */
  async send(request: Buffer): Promise<Answer> {
    const socket = this.#socket ?? (await this.#connect());
    return new Promise((resolve, reject) => {
      const { patience } = this;
      const timer = setTimeout(() => this.#fail(new TooSlow(patience)), patience);
      this.#waiting = {
        resolve: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      socket.write(request);
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#drop();
  }

  #connect(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const { protocol, hostname, port } = this.#origin;
      const secure = protocol === 'https:';
      const to = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (secure ? 443 : 80) };
      const socket = secure
        ? createTlsConnection({ ...to, servername: hostname, ALPNProtocols: ['http/1.1'] })
        : createConnection(to);
      socket.setNoDelay(true);
      socket.once('error', reject);
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        socket.off('error', reject);
        socket.on('error', (error) => this.#ended(socket, error));
        resolve(socket);
      });
      socket.on('data', (chunk: Buffer) => this.#settle(this.#reader.push(chunk)));
      socket.on('close', () => this.#ended(socket, new Error('the server closed the connection')));
      this.#reader = new AnswerReader();
      this.#socket = socket;
    });
  }

  #settle(answer: Answer | undefined): void {
    if (!answer || !this.#waiting) return;
    const { resolve } = this.#waiting;
    this.#waiting = undefined;
    if (!answer.keepAlive) this.#drop();
    resolve(answer);
  }

  /** An answer without a length ends with the connection. */
  #ended(socket: Socket, error: Error): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    const last = this.#reader.end();
    if (last) this.#settle(last);
    else this.#fail(error);
  }

  #fail(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#drop();
    waiting?.reject(error);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
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
