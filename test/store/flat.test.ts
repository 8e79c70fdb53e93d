import { openFlatStore } from '../../src/store/flat/open.ts';
import { factsOf, type Given, storeContract } from './contract.ts';
import { copyContract } from './contract-copies.ts';
import { historyContract } from './contract-history.ts';
import { lockContract } from './contract-locks.ts';
import { tempStore } from './temp.ts';

async function give(): Promise<Given> {
  const { folder, end } = await tempStore();
  let store = await openFlatStore({ folder, factsOf });
  return {
    store,
    async reopen() {
      await store.close();
      store = await openFlatStore({ folder, factsOf });
      return store;
    },
    async end() {
      await store.close();
      await end();
    },
  };
}

storeContract('flat', give);
copyContract('flat', give);
lockContract('flat', give);
historyContract('flat', give);
