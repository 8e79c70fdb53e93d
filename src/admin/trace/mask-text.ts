/** Text without its meaning: letters and digits become others of their kind, everything that parsers see stays. */

/** `Lunch at 12` → `Xxxxx xx 11`. Backslashes keep what they escape, so `\n` stays one. */
export function maskText(text: string): string {
  return text.replace(/(\\.)|\p{Lu}|\p{L}|\p{N}|[{}#]/gu, (found, escaped: string | undefined) => {
    if (escaped !== undefined) return escaped;
    if (/[{}#]/.test(found)) return '(';
    if (/\p{N}/u.test(found)) return '1';
    // Letters of more than one octet stay such.
    if (found > '\x7f') return 'é';
    return /[A-Z]/.test(found) ? 'X' : 'x';
  });
}

/** Names that stand for those of the conversation, the same one for the same. */
export class Pseudonyms {
  readonly #known = new Map<string, string>();
  readonly #make: (number: number) => string;

  /** @param make a name from its number, counted from 1 */
  constructor(make: (number: number) => string) {
    this.#make = make;
  }

  of(original: string): string {
    const known = this.#known.get(original);
    if (known !== undefined) return known;
    const fresh = this.#make(this.#known.size + 1);
    this.#known.set(original, fresh);
    return fresh;
  }
}
