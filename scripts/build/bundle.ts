/** The program as one CommonJS file, which is what a single executable can start. */

import { build } from 'esbuild';

/** Set before anything else runs: libuv reads it when its first thread starts. bin/davd says why 16. */
const THREADS = `process.env.UV_THREADPOOL_SIZE ??= '16';`;

/**
 * @param root folder of the checkout
 * @param entry the module that is started
 * @param outfile where the bundle goes
 */
export async function bundle(root: string, entry: string, outfile: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    banner: { js: THREADS },
    // What is found beside a module in a checkout is an asset in the executable.
    define: { 'import.meta.url': 'undefined' },
    // Names of functions and classes appear in messages and stack traces; comments with licences are in the SBOM's packages.
    keepNames: true,
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'warning',
    // Only a checkout asks where its files are.
    logOverride: { 'empty-import-meta': 'silent' },
  });
}
