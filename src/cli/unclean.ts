/** A command has done what it should and told what is wrong: exit code 1 without another word. */
export class Unclean extends Error {
  override readonly name = 'Unclean';
}
