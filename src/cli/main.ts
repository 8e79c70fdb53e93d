/** The process: what the command line says becomes output and an exit code. */

import { complain, REFUSED, run } from './program.ts';

process.on('uncaughtException', (error) => {
  complain(error);
  process.exit(REFUSED);
});
// A reader that has seen enough (davd user list | head) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? 0 : REFUSED),
);

// No await: the executable is a CommonJS bundle.
run(process.argv.slice(2)).then((code) => process.exit(code));
