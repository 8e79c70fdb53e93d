/**
 * Whether a file's content is what a crash leaves of a write of this store: nothing, a beginning, or something with
 * zeros that stand for octets which never reached the disk.
 *
 * @param intended what was being written; undefined where the file was to be removed.
 */
export function isUnfinished(found: Uint8Array, intended: Uint8Array | undefined): boolean {
  if (found.length === 0) return true;
  // Neither calendar objects nor cards have zeros, whichever version was being written.
  if (found.includes(0) && !intended?.includes(0)) return true;
  return (
    intended !== undefined &&
    found.length <= intended.length &&
    found.every((octet, i) => octet === intended[i] || octet === 0)
  );
}
