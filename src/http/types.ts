/** Requests and replies as plain values: handlers never see a socket, so tests call them without one. */

export interface Req {
  /** Upper case as sent. */
  readonly method: string;
  /** Path of the request target, still percent-encoded, without the query; always begins with '/'. */
  readonly path: string;
  /** The query without '?', '' if none. */
  readonly query: string;
  /** Names in lower case; repeated headers joined by ', '. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Body;
  /** Address of the client, after trusted proxies. */
  readonly remote: string;
  /** The client's connection is encrypted, here or at a trusted proxy. */
  readonly secure: boolean;
  /** Others can read along: neither encrypted, nor from this machine, nor through a trusted proxy. */
  readonly exposed: boolean;
}

export interface Body {
  /**
   * The whole body. Reads it on first call only, so a refusal before that costs no transfer.
   * @throws BodyTooLarge beyond `limit` octets; the rest is not read. ClientGone if it never comes whole.
   */
  bytes(limit: number): Promise<Uint8Array>;
}

export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
  readonly limit: number;

  constructor(limit: number) {
    super(`the body is larger than ${limit} octets`);
    this.limit = limit;
  }
}

/** The client went away while its body was being read: nobody is left to answer, so handlers let it pass through. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';

  constructor() {
    super('the client closed the connection before its request was complete');
  }
}

export type ReplyBody = string | Uint8Array | AsyncIterable<string | Uint8Array>;

export interface Reply {
  readonly status: number;
  /** Content-Length is added by the server where the body is not streamed. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: ReplyBody;
}

export type Handler = (req: Req) => Promise<Reply>;
