import { describe, it, type TestContext } from 'node:test';
import type { FailureCounts } from './failing-explorer.ts';
import type { FillingCounts } from './filling-explorer.ts';
import { simulated } from './simulation.ts';

const LONG = Boolean(process.env['DAVD_TEST_LONG']);
const SEED = Number(process.env['DAVD_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** Of a life's operations. */
const SHARE = Number(process.env['DAVD_TEST_SHARE'] ?? (LONG ? 1 : 0.02));

/** Disks with more and more room. */
const DISKS = LONG ? 60 : 6;

describe('a disk that fails', () => {
  it('at any operation loses nothing that was answered, and is read all the time', async (t: TestContext) => {
    t.diagnostic(`DAVD_TEST_SEED=${SEED}`);
    const counts = await simulated<FailureCounts>({
      module: 'failing-explorer.ts',
      run: 'exploreFailures',
      seed: SEED,
      args: [SHARE],
    });
    const { operations, lives, unopened, readOnly, answered, refused } = counts;
    t.diagnostic(`${lives} lives of ${operations} operations, in each another one that fails`);
    t.diagnostic(`${unopened} were not opened, with a sentence; ${readOnly} were read-only in the end`);
    t.diagnostic(`${answered} commits answered, ${refused} refused; nothing lost`);
  });

  it('because it is full still takes what adds no bytes, and everything when there is room again', async (t) => {
    t.diagnostic(`DAVD_TEST_SEED=${SEED}`);
    const { disks, puts, deletions } = await simulated<FillingCounts>({
      module: 'filling-explorer.ts',
      run: 'exploreFilling',
      seed: SEED,
      args: [DISKS],
    });
    t.diagnostic(
      `${disks} disks filled with ${puts} objects, of which ${deletions} were deleted; nothing lost`,
    );
  });
});
