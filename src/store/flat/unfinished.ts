/**
 * Whether a file's content is what a crash leaves of a write of this store: nothing, a beginning, or a beginning and then
 * zeros that stand for octets which never reached the disk.
 *
 * @param intended what was being written; undefined where the file was to be removed.
 */
export function isUnfinished(found: Uint8Array, intended: Uint8Array | undefined): boolean {
  const content = Buffer.from(found.buffer, found.byteOffset, found.byteLength);
  if (content.length === 0 || content.at(-1) === 0) return true;
  return (
    intended !== undefined &&
    content.length < intended.length &&
    content.equals(intended.subarray(0, content.length))
  );
}
