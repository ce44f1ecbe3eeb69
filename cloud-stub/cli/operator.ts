import { json } from '../../base/cli.ts';
import type { Clock } from '../../base/clock.ts';
import { type Command, command } from '../../base/command.ts';
import { callRunning, common, dir, ofRobot, theRobot } from './call-running.ts';
import {
  certificateOptions,
  fetchCertificates,
  showCertificates,
  showRefusals,
} from './certificates.ts';
import { commandOptions, fetchCommands, showCommands } from './commands.ts';
import { fetchHandlers, showHandlers } from './dead-letters.ts';
import {
  confirmDecommission,
  decommissionOptions,
  decommissionRobot,
  showDecommissioned,
} from './decommission.ts';
import { checkFaults, faultOptions, fetchFaults, showFaults } from './faults.ts';
import { findAll, showFound } from './find.ts';
import {
  indexOptions,
  reportIndex,
  searchFleet,
  searchOptions,
  showFoundThings,
  showIndex,
} from './fleet.ts';
import { checkJobs, fetchJobs, jobOptions, showJobs } from './jobs.ts';
import { saveMap, showSavedMap } from './map.ts';
import { fetchMeters, showMeters } from './meters.ts';
import { fetchMissions, missionOptions, showMissions, showMissionsWhole } from './missions.ts';
import { replayArchive, showReplayed } from './replay.ts';
import { fetchStatus, showRobot, showRobots } from './robots.ts';
import { desiredExample, fetchShadow, readDesired } from './shadow.ts';

/** The commands that talk to a running stub. Each prints a table, or one line of JSON with `--json`. */
export function operatorCommands(clock: Clock): Record<string, Command> {
  const call = callRunning(clock);
  return {
    status: command({
      summary: 'the robots: connected or not and why, version, last mission, job',
      options: { dir, robot: { ...ofRobot, describe: 'this robot, with more of it' }, json },
      run: (options, io) =>
        call(
          { options, io },
          (client) => fetchStatus(client, options.robot),
          options.robot === undefined ? showRobots : showRobot,
        ),
    }),
    missions: command({
      summary: 'the table of missions, and what was seen of each robot',
      options: { dir, ...missionOptions, json },
      run: (options, io) =>
        call(
          { options, io },
          (client) => fetchMissions(client, options),
          options.mission === undefined ? showMissions : showMissionsWhole,
        ),
    }),
    map: command({
      summary: 'a map of the object store as a file',
      word: 'id',
      options: {
        dir,
        id: {
          type: 'string',
          value: 'ID',
          required: true,
          describe: "its mission's, its own, or its object's",
        },
        out: { type: 'string', value: 'FILE', required: true, describe: 'where it goes' },
        json,
      },
      run: (options, io) =>
        call({ options, io }, (client) => saveMap(client, options), showSavedMap),
    }),
    find: command({
      summary: 'everything that one id leads to, in the tables and in the archive',
      word: 'id',
      options: {
        dir,
        id: {
          type: 'string',
          value: 'ID',
          required: true,
          describe: 'of a mission, map, command, job or certificate, an object, a serial',
        },
        json,
      },
      run: (options, io) => call({ options, io }, (client) => findAll(client, options), showFound),
    }),
    search: command({
      summary: 'the things that match a query on the fleet index',
      word: 'query',
      options: { dir, ...searchOptions, json },
      run: (options, io) =>
        call({ options, io }, (client) => searchFleet(client, options), showFoundThings),
    }),
    index: command({
      summary: 'the fleet index; with --rebuild, computes it from the rows first',
      options: { dir, ...indexOptions, json },
      run: (options, io) =>
        call({ options, io }, (client) => reportIndex(client, options), showIndex),
    }),
    meters: command({
      summary: "each robot's traffic, and what AWS would meter of it",
      options: { dir, robot: ofRobot, json },
      run: (options, io) =>
        call({ options, io }, (client) => fetchMeters(client, options), showMeters),
    }),
    faults: command({
      summary: 'what is disturbed on purpose; with --cut, --drop or --throttle, sets it first',
      options: { dir, ...faultOptions, json },
      run(options, io) {
        checkFaults(options);
        return call({ options, io }, (client) => fetchFaults(client, options), showFaults);
      },
    }),
    replay: command({
      summary: 'replay the archive through the handlers; known messages change nothing',
      options: {
        dir,
        since: { type: 'string', required: true, value: 'TIME', describe: 'from when on, UTC' },
        json,
      },
      run: (options, io) =>
        call({ options, io }, (client) => replayArchive(client, options), showReplayed),
    }),
    handlers: command({
      summary: 'the handlers of critical messages and their dead letters',
      options: {
        dir,
        set: { type: 'string', value: 'NAME=STATE', describe: 'missions/report=down; up, failing' },
        json,
      },
      run: (options, io) =>
        call({ options, io }, (client) => fetchHandlers(client, options.set), showHandlers),
    }),
    redrive: command({
      summary: 'retry the dead letters: messages whose handler has failed',
      options: common,
      run: (options, io) =>
        call(
          { options, io },
          (client) => client.redrive(),
          ({ tried, done }) => `dead letters: ${tried} retried, ${done} handled`,
        ),
    }),
    command: command({
      summary: 'the commands that were sent; with --send, sends one first',
      options: { dir, ...commandOptions, json },
      run(options, io) {
        const isOfOne = options.robot !== undefined;
        return call(
          { options, io },
          (client) => fetchCommands(client, options),
          (rows) => showCommands(rows, { isOfOne }),
        );
      },
    }),
    shadow: command({
      summary: "a robot's shadow; with --desired, sets values first",
      options: {
        dir,
        robot: theRobot,
        desired: {
          type: 'string',
          value: 'JSON',
          describe: `merged into desired: '${desiredExample}'`,
        },
        json,
      },
      run(options, io) {
        const desired = options.desired === undefined ? undefined : readDesired(options.desired);
        return call(
          { options, io },
          (client) => fetchShadow(client, { robot: options.robot, desired }),
          (shadow) => (shadow ? JSON.stringify(shadow.state, null, 2) : 'no shadow'),
        );
      },
    }),
    jobs: command({
      summary: 'the jobs, or one and how far its robots are; makes, cancels or deletes it first',
      options: { dir, ...jobOptions, json },
      run(options, io) {
        checkJobs(options);
        return call({ options, io }, (client) => fetchJobs(client, options), showJobs);
      },
    }),
    certificates: command({
      summary: 'the certificates in the registry; with --set, blocks or admits them first',
      options: { dir, ...certificateOptions, json },
      run: (options, io) =>
        call({ options, io }, (client) => fetchCertificates(client, options), showCertificates),
    }),
    refusals: command({
      summary: 'refused connections whose certificate is not in the registry',
      options: common,
      run: (options, io) =>
        call({ options, io }, (client) => client.connectionRefusals(), showRefusals),
    }),
    decommission: command({
      summary: 'decommission a robot: revoke its certificates and reject any later one',
      options: { dir, ...decommissionOptions, json },
      async run(options, io) {
        await confirmDecommission(options, io);
        return call(
          { options, io },
          (client) => decommissionRobot(client, options),
          showDecommissioned,
        );
      },
    }),
  };
}
