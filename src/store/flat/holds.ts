/** Who holds what may otherwise be let go. */
export class Holds {
  readonly #held = new Set<PromiseWithResolvers<void>>();

  get some(): boolean {
    return this.#held.size > 0;
  }

  /** @returns the release; calling it again does nothing. */
  add(): () => void {
    const hold = Promise.withResolvers<void>();
    this.#held.add(hold);
    return () => this.#end(hold);
  }

  /** Resolves when those who hold now don't any more. */
  async released(): Promise<void> {
    await Promise.all([...this.#held].map(({ promise }) => promise));
  }

  /** Nothing is held any more, whatever its holders think. */
  end(): void {
    for (const hold of this.#held) this.#end(hold);
  }

  #end(hold: PromiseWithResolvers<void>): void {
    this.#held.delete(hold);
    hold.resolve();
  }
}
