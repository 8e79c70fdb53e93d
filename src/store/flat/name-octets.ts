/**
 * How names stand in memory and in state/: an octet for each character where all have room in one, else two. Their
 * *spelling* says which, and how many octets there are: twice their number, and 1 where a character has two. No name has 0.
 */

export function spellingOf(name: string): number {
  return /[^\0-\xff]/.test(name) ? name.length * 4 + 1 : name.length * 2;
}

export function octetsOf(spelling: number): number {
  return spelling >>> 1;
}

/** Names with two octets a character are read as text: there are few. */
export function isWide(spelling: number): boolean {
  return (spelling & 1) === 1;
}

export function writeName(name: string, spelling: number, text: Buffer, start: number): void {
  text.write(name, start, octetsOf(spelling), isWide(spelling) ? 'utf16le' : 'latin1');
}

export function readName(text: Buffer, start: number, spelling: number): string {
  return text.toString(isWide(spelling) ? 'utf16le' : 'latin1', start, start + octetsOf(spelling));
}
