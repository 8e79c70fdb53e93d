import fc from 'fast-check';

/** Full counts and sizes are asked for. */
export const LONG = process.env['DAVD_TEST_LONG'] !== undefined;

/** Runs a property; the seed is printed so that a failure can be repeated with DAVD_TEST_SEED. */
export function check<T extends [unknown, ...unknown[]]>(
  property: fc.IProperty<T>,
  runs: { readonly short: number; readonly long: number },
  log: (message: string) => void,
): void {
  const seed = Number(process.env['DAVD_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  log(`seed ${seed}`);
  fc.assert(property, { seed, numRuns: LONG ? runs.long : runs.short });
}

/** As `check`, for a property that is asynchronous. */
export async function checkAsync<T extends [unknown, ...unknown[]]>(
  property: fc.IAsyncProperty<T>,
  runs: { readonly short: number; readonly long: number },
  log: (message: string) => void,
): Promise<void> {
  const seed = Number(process.env['DAVD_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  log(`seed ${seed}`);
  await fc.assert(property, { seed, numRuns: LONG ? runs.long : runs.short });
}
