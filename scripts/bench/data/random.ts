/** Numbers in [0, 1) that look random and are the same in every run (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number in [from, to]. */
export function between(random: () => number, from: number, to: number): number {
  return from + Math.floor(random() * (to - from + 1));
}

export function oneOf<T>(random: () => number, [first, ...others]: readonly [T, ...T[]]): T {
  const chosen = between(random, 0, others.length);
  return chosen === 0 ? first : (others[chosen - 1] ?? first);
}

/** A UUID for a number, always the same, in the spelling of phones. */
export function uuid(kind: number, i: number): string {
  const random = randomFrom(kind * 0x9e3779b1 + i);
  const hex = (digits: number) =>
    Array.from({ length: digits }, () => between(random, 0, 15).toString(16).toUpperCase()).join('');
  return `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(4)}${i.toString(16).toUpperCase().padStart(8, '0')}`;
}

/** Folds a content line at 75 octets (RFC 5545 §3.1); ASCII only. */
export function fold(line: string): string {
  return line.length <= 75 ? line : (line.match(/^.{1,75}|.{1,74}/g) ?? []).join('\r\n ');
}
