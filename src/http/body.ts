/** The body of a request in flight: read once, on demand, and never beyond the limit. */

import type { IncomingMessage } from 'node:http';
import { Slices } from '../slices.ts';
import { streamOf } from './stream.ts';
import { type Body, BodyTooLarge, ClientGone } from './types.ts';

const EMPTY = new Uint8Array(0);

export class IncomingBody implements Body {
  readonly #request: IncomingMessage;
  /** Sends `100 Continue` (RFC 9110 §10.1.1); undefined where the client doesn't wait for it. */
  readonly #invite: (() => void) | undefined;
  /** Octets announced, NaN if chunked, 0 if there is no body. */
  readonly #length: number;
  #whole: Promise<Uint8Array> | undefined;
  #received = 0;

  constructor(request: IncomingMessage, invite?: () => void) {
    this.#request = request;
    this.#invite = invite;
    this.#length = announced(request);
  }

  /** Something follows the header section. */
  get present(): boolean {
    return this.#length !== 0;
  }

  bytes(limit: number): Promise<Uint8Array> {
    this.#whole ??= this.#read(limit);
    return this.#whole;
  }

  /**
   * Octets the client may still send: Infinity where unknown, or where it waits for a `100 Continue` that it won't
   * get, so that what follows on the connection could be either the body or the next request.
   */
  get outstanding(): number {
    if (!this.present || this.#request.complete) return 0;
    if (this.#invite && this.#whole === undefined) return Number.POSITIVE_INFINITY;
    return Number.isNaN(this.#length) ? Number.POSITIVE_INFINITY : this.#length - this.#received;
  }

  async #read(limit: number): Promise<Uint8Array> {
    if (!this.present) return EMPTY;
    if (this.#length > limit) throw new BodyTooLarge(limit);
    this.#invite?.();
    if (this.#request.readableLength === this.#length) return this.#take();
    const chunks = await this.#collect(limit);
    const [only] = chunks;
    return only !== undefined && chunks.length === 1 ? only : join(chunks, this.#received);
  }

  /** The whole body, which came with the header section, as small ones do: there is nothing to wait for. */
  #take(): Uint8Array {
    this.#received = this.#length;
    return this.#request.read();
  }

  #collect(limit: number): Promise<readonly Uint8Array[]> {
    const request = this.#request;
    return new Promise((resolve, reject) => {
      const chunks: Uint8Array[] = [];
      const settle = (act: () => void): void => {
        request.off('data', take).off('end', end).off('close', gone).off('error', gone);
        act();
      };
      const take = (chunk: Uint8Array): void => {
        this.#received += chunk.length;
        chunks.push(chunk);
        if (this.#received > limit) {
          request.pause();
          settle(() => reject(new BodyTooLarge(limit)));
        }
      };
      const end = (): void => settle(() => resolve(chunks));
      const gone = (): void => settle(() => reject(new ClientGone()));
      if (request.destroyed) return gone();
      request.on('data', take).on('end', end).on('close', gone).on('error', gone);
    });
  }
}

/** Octets that follow the header section: 0 if there is no body, NaN if it doesn't say. */
function announced(request: IncomingMessage): number {
  const { 'transfer-encoding': coding, 'content-length': length } = request.headers;
  if (coding !== undefined) return Number.NaN;
  if (length !== undefined) return Number(length);
  const stream = streamOf(request);
  return stream === undefined || stream.endAfterHeaders ? 0 : Number.NaN;
}

/** Room that is used for the first time is slow to fill: 10 MB take 10 ms. */
async function join(chunks: readonly Uint8Array[], length: number): Promise<Uint8Array> {
  const whole = Buffer.allocUnsafe(length);
  const slices = new Slices();
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
    if (slices.over) await slices.pause();
  }
  return whole;
}
