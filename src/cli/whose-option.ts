/** `--user` and `--device`: whose requests a command is about. */

import type { Command } from 'commander';
import type { Whose } from '../admin/streams.ts';

export function addWhoseOptions(command: Command): Command {
  return command
    .option('--user <name>', 'only requests of this user')
    .option('--device <name>', 'only requests of this device');
}

export function whoseOf({ user, device }: Whose): Whose {
  return { ...(user !== undefined && { user }), ...(device !== undefined && { device }) };
}
