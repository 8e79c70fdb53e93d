/** Bytes that were read or written lately, by etag, up to a number of octets. */
export class Recent {
  readonly #limit: number;
  readonly #kept = new Map<string, Uint8Array>();
  #octets = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(etag: string): Uint8Array | undefined {
    const bytes = this.#kept.get(etag);
    if (bytes) {
      this.#kept.delete(etag);
      this.#kept.set(etag, bytes);
    }
    return bytes;
  }

  put(etag: string, bytes: Uint8Array): void {
    if (bytes.length > this.#limit / 8 || this.#kept.has(etag)) return;
    // A slice of something large would keep all of it in memory.
    const own = bytes.buffer.byteLength > 2 * bytes.length + 1024 ? new Uint8Array(bytes) : bytes;
    this.#kept.set(etag, own);
    this.#octets += own.length;
    for (const [oldest, { length }] of this.#kept) {
      if (this.#octets <= this.#limit) break;
      this.#kept.delete(oldest);
      this.#octets -= length;
    }
  }
}
