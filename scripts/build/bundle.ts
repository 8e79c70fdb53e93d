/** The program as CommonJS files, which is what a single executable can start. */

import { join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';

/** Set before anything else runs: libuv reads it when its first thread starts. bin/davd says why 16. */
const THREADS = `process.env.UV_THREADPOOL_SIZE ??= '16';`;

const OPTIONS = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node24',
  // What is found beside a module in a checkout is an asset in the executable; only a checkout asks where its files are.
  define: { 'import.meta.url': 'undefined' },
  logOverride: { 'empty-import-meta': 'silent' },
  // Names stay, for stack traces. Comments with licences are in the SBOM's packages.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
} satisfies BuildOptions;

export interface BundleOptions {
  /** Folder of the checkout. */
  readonly root: string;
  /** The module that is started. */
  readonly entry: string;
  /** Where files go. */
  readonly folder: string;
  /** The bundle's name there. */
  readonly name: string;
}

/**
 * Writes the bundle, and one for each package that it imports only when it needs it: what is an asset of the executable
 * takes neither time nor memory before. Returns the names of those.
 */
export async function bundle({ root, entry, folder, name }: BundleOptions): Promise<readonly string[]> {
  const assets = new Map<string, string>();
  await build({
    ...OPTIONS,
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: join(folder, name),
    banner: { js: THREADS },
    plugins: [importedWhenNeeded(assets)],
  });
  for (const [asset, specifier] of assets) {
    await build({
      ...OPTIONS,
      absWorkingDir: root,
      // esbuild resolves an entry as it does an import.
      entryPoints: [specifier],
      outfile: join(folder, asset),
    });
  }
  return [...assets.keys()];
}

/** Has `import('package')` read an asset, whose name and package it puts into `assets`. */
function importedWhenNeeded(assets: Map<string, string>): Plugin {
  return {
    name: 'imported when needed',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^[\w@]/ }, ({ kind, path }) =>
        kind === 'dynamic-import' && !path.startsWith('node:') ? { path, namespace: 'asset' } : undefined,
      );
      onLoad({ filter: /.*/, namespace: 'asset' }, ({ path }) => {
        const asset = `${path.replaceAll('/', '-')}.cjs`;
        assets.set(asset, path);
        return { contents: loaderOf(asset), loader: 'js' };
      });
    },
  };
}

/** A module that is what the asset's bundle exports. Bundles need only what is built into Node. */
function loaderOf(asset: string): string {
  return `
    const { getAsset } = require('node:sea');
    const { compileFunction } = require('node:vm');
    const source = getAsset('${asset}', 'utf8');
    const run = compileFunction(source, ['require', 'module', 'exports'], { filename: '${asset}' });
    run(require, module, module.exports);
  `;
}
