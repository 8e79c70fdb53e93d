/** A map that forgets: entries end after a time, and the least recently set go when there are too many. */

interface Entry<V> {
  readonly value: V;
  readonly until: number;
}

export class Bounded<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #lifetime: number;
  readonly #most: number;
  readonly #now: () => number;

  /** `lifetime` and `now` in ms. */
  constructor({ lifetime, most, now }: { lifetime: number; most: number; now: () => number }) {
    this.#lifetime = lifetime;
    this.#most = most;
    this.#now = now;
  }

  /** Using an entry in the last nine tenths of its time gives it a new one. */
  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const left = entry.until - this.#now();
    if (left <= 0) {
      this.#entries.delete(key);
      return undefined;
    }
    if (left < this.#lifetime * 0.9) this.set(key, entry.value);
    return entry.value;
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, until: this.#now() + this.#lifetime });
    if (this.#entries.size <= this.#most) return;
    const { value: oldest } = this.#entries.keys().next();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
