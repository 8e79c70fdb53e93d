/** The command line doesn't say what is needed, or says it wrongly: exit code 2. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}
