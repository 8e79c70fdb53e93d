/** The manual page davd(1) of a release. */

import { manualPage as pageOf } from '../../src/cli/manual.ts';
import { makeProgram } from '../../src/cli/program.ts';

/** Source of the page, in man(7). @param date of the release, YYYY-MM-DD. */
export function manualPage(date: string): string {
  return pageOf(makeProgram(), date);
}
