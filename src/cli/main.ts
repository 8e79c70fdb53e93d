/** The process: what the command line says becomes output and an exit code. */

import { Refused } from '../admin/refused.ts';
import { complain, REFUSED, run } from './program.ts';

// Else ps, top and systemd call it MainThread.
process.title = ['davd', ...process.argv.slice(2)].join(' ');
process.on('uncaughtException', (error) => {
  complain(error);
  process.exit(REFUSED);
});
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that has seen enough (davd user list | head) is no failure.
  if (error.code === 'EPIPE') process.exit(0);
  complain(new Refused(`can't write what it has to say: ${error.message}`));
  process.exit(REFUSED);
});

// No await: the executable is a CommonJS bundle. That a write failed is told above, a moment later.
run(process.argv.slice(2)).then((code) => process.stdout.write('', (error) => error ?? process.exit(code)));
