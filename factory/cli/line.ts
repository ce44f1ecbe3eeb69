import { once } from 'node:events';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { usage } from '../../base/cli.ts';
import type { Clock } from '../../base/clock.ts';
import { type Command, command } from '../../base/command.ts';
import { PilotfishError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { isRobotId } from '../../protocol/topics.ts';
import { openCa, readCaCertificate, type StationTools } from '../ca.ts';
import { openJournal } from '../journal.ts';
import { fixtureNames, makeFixture, removeFixture } from '../line/fixtures.ts';
import { linePaths, openLineCa } from '../line/line-ca.ts';
import { startStation } from '../line/station.ts';
import { sweepUnfinished } from '../line/sweep.ts';
import { openRevocations } from '../revocations.ts';
import { checkOutFolder, dir, keyOptions, tokenOptions, warnOfSoftware } from './options.ts';

export interface LineTools extends StationTools {
  readonly clock: Clock;
  /** Made when a station starts: other commands have no log. */
  readonly log: () => Log;
}

export const fixtureCommand = (tools: StationTools): Command =>
  command({
    summary: 'issue a key and certificate to a fixture of the line, or remove the fixture',
    options: {
      dir,
      name: { type: 'string', value: 'NAME', describe: 'the fixture; without it: list them all' },
      out: {
        type: 'string',
        value: 'FOLDER',
        describe: 'where fixture.key, fixture.crt and line-ca.crt go',
      },
      remove: { type: 'boolean', describe: 'the station refuses this fixture from now on' },
    },
    async run(options, io) {
      const { name, out } = options;
      await readCaCertificate(options.dir);
      const line = await openLineCa(options.dir, tools);
      if (name === undefined) {
        for (const known of await fixtureNames(options.dir)) io.out(known);
        return 0;
      }
      if (!isRobotId(name)) throw usage('--name: expected 1 to 64 of A-Z a-z 0-9 : _ -');
      if (options.remove) {
        if (await removeFixture(options.dir, name)) io.out(`removed: ${name}`);
        else throw new PilotfishError('fixture-unknown', `there is no fixture "${name}"`);
        return 0;
      }
      if (out === undefined) throw usage('--out is missing: the folder for the bundle');
      await checkOutFolder(options.dir, out);
      const station = { ...tools, folder: options.dir, line };
      const { certificateId, isNew } = await makeFixture(station, { name, out });
      io.out(`${isNew ? 'fixture' : 'same fixture as before'} ${name} ${certificateId}: ${out}`);
      return 0;
    },
  });

export const stationCommand = (tools: LineTools): Command =>
  command({
    summary: 'serve the line: certificates over HTTPS for fixtures with client certificates',
    options: {
      dir,
      listen: {
        type: 'string',
        value: 'ADDRESS',
        default: '127.0.0.1',
        describe: 'the address to listen on',
      },
      port: {
        type: 'integer',
        value: 'N',
        default: 8444,
        min: 0,
        max: 65_535,
        describe: 'its port',
      },
      host: {
        type: 'string',
        value: 'NAMES',
        describe: 'by what names fixtures reach it, with commas; they stand in its certificate',
      },
      ...tokenOptions,
    },
    async run(options, io) {
      const { signal } = io;
      const hostNames = namesOf(options);
      const folder = resolve(options.dir);
      const { clock, random } = tools;
      await using ca = await openCa(folder, keyOptions(options));
      const log = tools.log();
      warnOfSoftware(ca, io);
      const journal = await openJournal(folder);
      await journal.check();
      const revocations = await openRevocations(folder);
      const line = await openLineCa(folder, tools);
      const swept = await sweepUnfinished(folder, clock.wallMs());
      const station = { ca, journal, revocations, clock, random };
      const { listen: address, port } = options;
      const parts = { station, folder, line, address, port, hostNames, clock, log };
      const running = await startStation(parts);
      const place = ca.signer.place;
      log.info({ port: running.port, caId: ca.id, place, swept }, 'station ready');
      const host = isIP(hostNames[0] ?? '') === 6 ? `[${hostNames[0]}]` : hostNames[0];
      io.out(`station ready: https://${host}:${running.port} (${linePaths(folder).certificate})`);
      if (!signal.aborted) await once(signal, 'abort');
      log.info({}, 'station stops');
      await running.close();
      return 0;
    },
  });

function namesOf({ host, listen }: { host: string | undefined; listen: string }): string[] {
  if (isIP(listen) === 0) throw usage(`--listen ${listen}: expected an IP address`);
  if (host !== undefined) return host.split(',').map((name) => name.trim());
  if (/^(0\.0\.0\.0|::)$/.test(listen)) {
    throw usage(`--host is missing: with --listen ${listen} the fixtures need a name for it`);
  }
  const isLocal = listen === '127.0.0.1' || listen === '::1';
  return isLocal ? ['localhost', listen] : [listen];
}
