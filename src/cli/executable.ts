import { isSea } from 'node:sea';
import { fileURLToPath } from 'node:url';

/** The single file, or the launcher of the checkout. */
export function executable(): string {
  return isSea() ? process.execPath : fileURLToPath(new URL('../../bin/davd', import.meta.url));
}
