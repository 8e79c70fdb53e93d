/** A wish of the administrator that can't be met: one sentence that says why, and what to do next. */
export class Refused extends Error {
  override readonly name: string = 'Refused';
}

/** The wish names something that isn't there, perhaps misspelt: a mistake of who wrote the command. */
export class NotThere extends Refused {
  override readonly name = 'NotThere';
}
