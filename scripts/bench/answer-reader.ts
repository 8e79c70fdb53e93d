export interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: Buffer;
  /** The connection can be used again. */
  readonly keepAlive: boolean;
}

interface Head {
  readonly text: string;
  readonly status: number;
  readonly keepAlive: boolean;
  /** Octets of the body; undefined where it is chunked or ends with the connection. */
  readonly length: number | undefined;
  readonly chunked: boolean;
}

const EMPTY = Buffer.alloc(0);

/** Takes HTTP/1.x answers out of the octets of a connection, each octet looked at once or twice. */
export class AnswerReader {
  /** What came and was not taken yet. */
  #rest: Buffer = EMPTY;
  #head: Head | undefined;
  /** Pieces of the body, and how many octets they are. */
  #pieces: Buffer[] = [];
  #octets = 0;

  /** The answer that is complete with these octets. */
  push(chunk: Buffer): Answer | undefined {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#head ??= this.#takeHead();
    if (!this.#head) return undefined;
    if (this.#head.chunked) return this.#takeChunks() ? this.#answer() : undefined;
    const missing = (this.#head.length ?? Infinity) - this.#octets;
    if (this.#rest.length > 0) this.#keep(Math.min(missing, this.#rest.length));
    return this.#octets === this.#head.length ? this.#answer() : undefined;
  }

  /** The answer that ends because nothing more comes. */
  end(): Answer | undefined {
    return this.#head && !this.#head.chunked && this.#head.length === undefined ? this.#answer() : undefined;
  }

  #answer(): Answer | undefined {
    if (!this.#head) return undefined;
    const { status, text, keepAlive } = this.#head;
    const [only = EMPTY] = this.#pieces;
    const body = this.#pieces.length > 1 ? Buffer.concat(this.#pieces, this.#octets) : only;
    this.#head = undefined;
    this.#pieces = [];
    this.#octets = 0;
    return { status, head: text, body, keepAlive };
  }

  #takeHead(): Head | undefined {
    const end = this.#rest.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const text = this.#rest.toString('latin1', 0, end);
    this.#rest = this.#rest.subarray(end + 4);
    const status = Number(text.slice(9, 12));
    const chunked = /\r\ntransfer-encoding: *chunked/i.test(text);
    const stated = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
    const empty = status === 204 || status === 304;
    const length = empty ? 0 : stated === undefined ? undefined : Number(stated);
    const old = text.startsWith('HTTP/1.0');
    const keepAlive =
      (chunked || length !== undefined) &&
      !(old ? !/\r\nconnection: *keep-alive/i.test(text) : /\r\nconnection: *close/i.test(text));
    return { text, status, keepAlive, length, chunked: chunked && !empty };
  }

  /** Takes whole chunks; true when the last one came. */
  #takeChunks(): boolean {
    for (;;) {
      const line = this.#rest.indexOf('\r\n');
      if (line < 0) return false;
      const size = Number.parseInt(this.#rest.toString('latin1', 0, line), 16);
      const end = line + 2 + size;
      if (this.#rest.length < end + 2) return false;
      this.#rest = this.#rest.subarray(line + 2);
      if (size > 0) this.#keep(size);
      this.#rest = this.#rest.subarray(2);
      if (size === 0) return true;
    }
  }

  #keep(octets: number): void {
    this.#pieces.push(this.#rest.subarray(0, octets));
    this.#octets += octets;
    this.#rest = this.#rest.subarray(octets);
  }
}
