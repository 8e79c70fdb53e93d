/** A wish of the administrator that can't be met: one sentence that says why, and what to do next. */
export class Refused extends Error {
  override readonly name = 'Refused';
}
