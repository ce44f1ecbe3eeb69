#!/usr/bin/env node
import { runProcess } from '../../base/cli.ts';
import about from '../../package.json' with { type: 'json' };
import { cloudBench } from './cloud.ts';
import { factoryBench } from './factory.ts';
import { fleetBench } from './fleet.ts';
import { reportsBench } from './reports.ts';
import { storeBench } from './store.ts';

/** Measurements, one command each. docs/benchmarks.md has their results, with the commands. */
await runProcess({
  name: 'bench',
  version: about.version,
  summary: 'measures parts of Pilotfish on this machine',
  commands: {
    cloud: cloudBench,
    factory: factoryBench,
    fleet: fleetBench,
    reports: reportsBench,
    store: storeBench,
  },
});
