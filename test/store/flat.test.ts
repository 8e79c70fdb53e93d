import { openFlatStore } from '../../src/store/flat/open.ts';
import { factsOf, storeContract } from './contract.ts';
import { tempStore } from './temp.ts';

storeContract('flat', async () => {
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
});
