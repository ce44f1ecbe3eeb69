/** Agents for the simulated board: scripts in place of a bundle, each different by its stamp. */

/** Does nothing until it is stopped or its board closes the connection. */
export function idleAgent(stamp: string): Uint8Array {
  return script(
    stamp,
    `process.on('SIGTERM', () => process.exit(0));
     const socket = require('node:net').connect(process.env.PILOTFISH_BOARD);
     socket.on('close', () => process.exit(1)).on('error', () => {}).resume();`,
  );
}

/** Does nothing until it is stopped, and does not notice that its board has ended. */
export function lonelyAgent(stamp: string): Uint8Array {
  return script(stamp, 'setInterval(() => {}, 1000);');
}

/** Ends at once. */
export function crashingAgent(stamp: string, exitCode = 7): Uint8Array {
  return script(stamp, `console.log('I give up'); process.exit(${exitCode});`);
}

/** Runs forever and ignores SIGTERM. */
export function deafAgent(stamp: string): Uint8Array {
  return script(stamp, `setInterval(() => {}, 1000); process.on('SIGTERM', () => {});`);
}

/** Kicks the watchdog forever, ten times a second. */
export function kickingAgent(stamp: string): Uint8Array {
  return script(
    stamp,
    `const socket = require('node:net').connect(process.env.PILOTFISH_BOARD);
     let id = 0;
     setInterval(() => socket.write(JSON.stringify({ id: ++id, op: 'system.kick', params: {} }) + '\\n'), 100);
     socket.on('close', () => process.exit(1)); socket.resume();`,
  );
}

/** Writes down how it was started, then runs forever. */
export function reportingAgent(stamp: string, file: string): Uint8Array {
  return script(
    stamp,
    `require('node:fs').writeFileSync(${JSON.stringify(file)},
       JSON.stringify({ args: process.argv.slice(2), board: process.env.PILOTFISH_BOARD, pid: process.pid }));
     setInterval(() => {}, 1000);`,
  );
}

function script(stamp: string, body: string): Uint8Array {
  return new TextEncoder().encode(`// ${stamp}\n${body}\n`);
}
