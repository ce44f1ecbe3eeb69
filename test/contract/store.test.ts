import { join } from 'node:path';
import { startStore } from '../../agent/io/reduced-store.ts';
import { openStore } from '../../agent/io/store.ts';
import type { Store } from '../../agent/kernel/ports.ts';
import { PilotfishError } from '../../base/errors.ts';
import { MemoryDisk } from '../simulation/world/store.ts';
import { memoryJournal } from '../support/agent-journal.ts';
import { boardClock } from '../support/board-clock.ts';
import { folders } from '../support/pki-folder.ts';
import { type StoreSubject, storeContract } from './store.suite.ts';

const folder = folders();
/** Room for the few small values of the suite, and for no large one. */
const bytesMax = 64 * 1024;

/** A store in a file. Its medium is full for large values from the start, so `fill` has nothing to do. */
function inFile(open: () => Store & Disposable): StoreSubject {
  let store = open();
  return {
    get store() {
      return store;
    },
    reopen() {
      store[Symbol.dispose]();
      store = open();
    },
    fill() {},
    async [Symbol.asyncDispose]() {
      store[Symbol.dispose]();
    },
  };
}

storeContract("the robot's own", 'throws', async () => {
  const path = join(await folder(), 'store.db');
  return inFile(() => openStore(path, bytesMax));
});

storeContract("the robot's own, as an agent starts it", 'keeps in memory', async () => {
  const path = join(await folder(), 'store.db');
  const parts = { path, clock: boardClock(), journal: memoryJournal(), bytesMax };
  return inFile(() => startStore(parts));
});

storeContract("the simulated world's", 'throws', async () => {
  const disk = new MemoryDisk();
  let isFull = false;
  const open = () =>
    disk.open(
      () => {},
      () => {
        if (isFull) throw new PilotfishError('store-full', 'no room');
      },
    );
  let store = open();
  return {
    get store() {
      return store;
    },
    reopen() {
      store = open();
    },
    fill() {
      isFull = true;
    },
    async [Symbol.asyncDispose]() {},
  };
});
