/** `; did you mean "alice"?` where one of the names is near to what was written, else ''. */
export function suggestion(written: string, names: Iterable<string>): string {
  const wanted = written.toLowerCase();
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of names) {
    const distance = edits(wanted, name.toLowerCase());
    if (distance < (best?.distance ?? Math.min(4, wanted.length / 2 + 1))) best = { name, distance };
  }
  return best ? `; did you mean "${best.name}"?` : '';
}

/** How many letters must be changed, added, left out or swapped with their neighbour (Damerau, Levenshtein). */
function edits(a: string, b: string): number {
  let older: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (older[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    older = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
