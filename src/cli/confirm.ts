import { Refused } from '../admin/refused.ts';
import { ask, canAsk } from './prompt.ts';
import { WrongUsage } from './wrong-usage.ts';

/**
 * Has a person type the name of what is to be removed. `detail` says what goes with it.
 * @throws WrongUsage where nobody can be asked; Refused for another answer.
 */
export async function confirmByName(what: string, name: string, detail: string): Promise<void> {
  if (!canAsk()) {
    throw new WrongUsage(`there is no terminal to ask whether ${what} is to be removed: use --yes`);
  }
  const answer = await ask(`Removing ${what} ${detail}. Type the name to go on`);
  if (answer.toLowerCase() !== name.toLowerCase()) {
    throw new Refused(`"${answer}" is not "${name}": nothing was removed`);
  }
}
