import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OpenStore, type Parts } from '../../src/store/flat/store.ts';
import type { Author } from '../../src/store/types.ts';

/** Microtasks after which the last of those that wait has long gone on. */
const MOMENTS = 20;

test('commits that waited for room keep their order, and nothing that comes meanwhile overtakes them', async () => {
  let makeRoom = (): void => undefined;
  let relief: Promise<void> | undefined = new Promise((resolve) => {
    makeRoom = resolve;
  });
  const order: (string | undefined)[] = [];
  const store = new OpenStore({
    relief: () => relief,
    commits: {
      submit: async (_changes: unknown, { by }: { by: Author }) => {
        order.push(by.act);
        return [];
      },
    },
  } as unknown as Parts);
  const asked: string[] = [];
  const commit = (act: string): Promise<unknown> => {
    asked.push(act);
    return store.commit([], { by: { act } });
  };

  const all = [commit('first'), commit('second')];
  relief = undefined;
  makeRoom();
  for (let moment = 0; moment < MOMENTS; moment++) {
    all.push(commit(`after ${moment} microtasks`));
    await undefined;
  }
  await Promise.all(all);

  assert.deepEqual(order, asked);
});
