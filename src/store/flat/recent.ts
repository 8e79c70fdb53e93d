interface Kept {
  readonly bytes: Uint8Array;
  /** Since it was looked at for dropping. */
  asked: boolean;
}

/**
 * Bytes that were read or written lately, by etag, up to a number of octets. What was asked for gets a second chance
 * before it is dropped: it costs less to note that than to keep all in the order in which they were asked for.
 */
export class Recent {
  readonly #limit: number;
  /** The next to be dropped first. */
  readonly #kept = new Map<string, Kept>();
  /** What has not been looked at for dropping. From its beginning a Map would walk over all that was deleted there. */
  #hand: IterableIterator<[string, Kept]> | undefined;
  #octets = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(etag: string): Uint8Array | undefined {
    const kept = this.#kept.get(etag);
    if (!kept) return undefined;
    kept.asked = true;
    return kept.bytes;
  }

  put(etag: string, bytes: Uint8Array): void {
    if (bytes.length > this.#limit / 8 || this.#kept.has(etag)) return;
    // A slice of something large would keep all of it in memory.
    const own = bytes.buffer.byteLength > 2 * bytes.length + 1024 ? new Uint8Array(bytes) : bytes;
    this.#kept.set(etag, { bytes: own, asked: false });
    this.#octets += own.length;
    if (this.#octets > this.#limit) this.#drop();
  }

  #drop(): void {
    this.#hand ??= this.#kept.entries();
    for (const [oldest, kept] of this.#hand) {
      this.#kept.delete(oldest);
      if (kept.asked) {
        kept.asked = false;
        this.#kept.set(oldest, kept);
      } else this.#octets -= kept.bytes.length;
      if (this.#octets <= this.#limit) return;
    }
  }
}
