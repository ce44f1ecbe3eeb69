import { relative } from 'node:path';
import type { Ready } from '../../cloud-stub/running.ts';
import { usualDir } from './places.ts';
import { commandsFolder, type World } from './world.ts';

/** A path as a user would type it: relative, unless it is far away. */
export function pathText(path: string): string {
  const near = relative('', path);
  return near === '' || near.startsWith('..') ? path : near;
}

/** The demo's closing text. */
export function closingText({ places, options }: World, ms: number): string {
  const took = (ms / 1000).toFixed(1);
  const done = `All 9 steps succeeded in ${took} s.\nEverything is in ${pathText(places.dir)}`;
  if (options.staysUp) return done;
  const dir = pathText(places.dir);
  const dirArgs = dir === usualDir ? [] : ['--dir', quoteForShell(dir)];
  const hints = [
    { args: dirArgs, does: 'the same robot, another demo' },
    { args: [...dirArgs, '--fresh'], does: 'starts with an empty folder' },
    { args: [...dirArgs, '--stay'], does: 'keeps everything running' },
  ].map(({ args, does }) => ({
    line: ['npm start', ...(args[0] ? ['--', ...args] : [])].join(' '),
    does,
  }));
  const width = Math.max(...hints.map(({ line }) => line.length));
  return [done, ...hints.map(({ line, does }) => `  ${line.padEnd(width)}   ${does}`)].join('\n');
}

/** A word quoted so that a shell reads it as one. */
const quoteForShell = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** `1 robot`, `2 robots`. */
export const countText = (count: number, what: string): string =>
  `${count} ${what}${count === 1 ? '' : 's'}`;

/** What the user can do while everything keeps running. */
export function exploreText(
  { places, robot }: World,
  { ready }: { readonly ready: Ready },
): string {
  const [cloud, board] = [pathText(places.cloud), pathText(places.board)].map(quoteForShell);
  return [
    'Everything keeps running. In another terminal, in this folder:',
    // By PATH and not by `npx`, which elsewhere would fetch whatever the registry has under these names.
    `  export PATH=${quoteForShell(commandsFolder)}:$PATH`,
    `  cloud-stub status --dir ${cloud}`,
    `  cloud-stub missions --dir ${cloud}`,
    `  cloud-stub command --dir ${cloud} --robot ${robot} --send start`,
    `  cloud-stub shadow --dir ${cloud} --robot ${robot}`,
    `  sim-board bench --dir ${board} --do status`,
    `  pilotfish status --config ${quoteForShell(pathText(places.config))}`,
    `  tail -f ${quoteForShell(pathText(places.logs))}/agent.log`,
    `MQTT is at ${ready.mqtt.host}:${ready.mqtt.port}, HTTPS at ${ready.https.url}`,
    'Ctrl-C ends it all.',
  ].join('\n');
}
