import { describe, expect, it } from 'vitest';
import { callViolations } from './calls.ts';
import { circleViolations } from './circles.ts';
import { importsOf } from './imports.ts';
import { libraryViolations, type Manifest } from './libraries.ts';
import { columnsMax, linesMax, mannerViolations } from './manners.ts';
import { moduleViolations } from './modules.ts';
import { deadFiles } from './reach.ts';
import { readText, type Tree } from './source.ts';

// Each rule gets one file that breaks it and one that does not, so that a rule that no longer detects anything fails.

const tree = (files: Record<string, string>): Tree => new Map(Object.entries(files));
const importing = (from: string, specifier: string) =>
  moduleViolations(tree({ [from]: `import { a } from '${specifier}';` }));
const importingType = (from: string, specifier: string) =>
  moduleViolations(tree({ [from]: `import type { A } from '${specifier}';` }));

describe('the direction of imports', () => {
  it.each([
    ['protocol/topics.ts', '../base/errors.ts'],
    ['protocol/topics.ts', 'node:crypto'],
    ['protocol/topics.ts', '../agent/events.ts'],
    ['base/files.ts', '../protocol/codec.ts'],
    ['base/x509/pem.ts', '../../hal/system.ts'],
    ['hal/system.ts', '../base/errors.ts'],
    ['hal/system.ts', './boot-control.ts'],
    ['hal/sim/body.ts', '../../protocol/codec.ts'],
    ['hal/sim/body.ts', '../linux/file-key.ts'],
    ['hal/sim/body.ts', '../../agent/ports.ts'],
    ['agent/missions/machine.ts', '../shadow/machine.ts'],
    ['agent/missions/machine.ts', '../io/store.ts'],
    ['agent/missions/machine.ts', '../ports.ts'],
    ['agent/missions/machine.ts', '../../hal/robot-body.ts'],
    ['agent/missions/machine.ts', '../../base/clock.ts'],
    ['agent/missions/machine.ts', 'node:fs'],
    ['agent/missions/machine.ts', 'mqtt'],
    ['agent/agent.ts', './io/store.ts'],
    ['agent/agent.ts', '../hal/sim/client.ts'],
    ['agent/cli/commands.ts', './main.ts'],
    ['agent/io/mqtt.ts', '../missions/machine.ts'],
    ['agent/io/mqtt.ts', '../../hal/sim/client.ts'],
    ['agent/main.ts', '../cloud-stub/services/missions.ts'],
    ['agent/main.ts', '../tools/firmware/sign.ts'],
    ['cloud-stub/main.ts', '../agent/machine.ts'],
    ['cloud-stub/main.ts', '../hal/system.ts'],
    ['cloud-stub/main.ts', '../test/support/world.ts'],
    ['factory/main.ts', '../cloud-stub/main.ts'],
    ['tools/demo/main.ts', '../../test/support/world.ts'],
    ['test/e2e/demo.test.ts', '../../agent/main.ts'],
    ['misc/thing.ts', '../base/errors.ts'],
  ])('%s may not import %s', (from, specifier) => {
    expect(importing(from, specifier)).toHaveLength(1);
  });

  it.each([
    ['protocol/missions.ts', './codec.ts'],
    ['base/x509/pem.ts', '../errors.ts'],
    ['hal/sim/body/robot.ts', '../floor/grid.ts'],
    ['agent/missions/machine.ts', './outbox.ts'],
    ['agent/missions/machine.ts', '../kernel/machine.ts'],
    ['agent/missions/machine.ts', '../../protocol/missions.ts'],
    ['agent/main.ts', './io/store.ts'],
    ['agent/main.ts', '../hal/sim/client.ts'],
    ['agent/main.ts', '../package.json'],
    ['agent/agent.ts', './missions/machine.ts'],
    ['cloud-stub/services/missions.ts', '../../protocol/missions.ts'],
    ['tools/demo/main.ts', '../../factory/ca.ts'],
    ['test/e2e/demo.test.ts', '../../agent/io/store.ts'],
  ])('%s may import %s', (from, specifier) => {
    expect(importing(from, specifier)).toEqual([]);
  });

  it('accepts type imports where values may not be imported', () => {
    const places = [
      ['agent/missions/machine.ts', '../../hal/robot-body.ts'],
      ['agent/io/board.ts', '../../hal/robot-body.ts'],
      ['agent/io/board.ts', '../ports.ts'],
      ['hal/sim/client.ts', '../robot-body.ts'],
      ['hal/device-key.ts', 'node:crypto'],
    ] as const;
    for (const [from, specifier] of places) {
      expect(importingType(from, specifier)).toEqual([]);
      expect(importing(from, specifier)).toHaveLength(1);
    }
    expect(importingType('cloud-stub/main.ts', '../agent/events.ts')).toHaveLength(1);
  });
});

describe('import cycles', () => {
  const a = "import type { B } from './b.ts';";
  const b = "import { c } from './c/c.ts';";

  it('reports the shortest import path from a file back to itself, types included', () => {
    const c = "export type { A } from '../a.ts';\nimport { d } from './d.ts';";
    const d = "import { c } from './c.ts';";
    const files = { 'base/a.ts': a, 'base/b.ts': b, 'base/c/c.ts': c, 'base/c/d.ts': d };
    expect(circleViolations(tree(files))).toEqual([
      'circle of imports: base/a.ts → base/b.ts → base/c/c.ts → base/a.ts',
    ]);
    expect(circleViolations(tree({ ...files, 'base/a.ts': '' }))).toEqual([
      'circle of imports: base/c/c.ts → base/c/d.ts → base/c/c.ts',
    ]);
  });

  it('reports nothing for files without a cycle', () => {
    const files = { 'base/a.ts': `${a}\n${b}`, 'base/b.ts': b, 'base/c/c.ts': '' };
    expect(circleViolations(tree(files))).toEqual([]);
  });

  it('ignores the tests', () => {
    const files = { 'test/a.ts': a, 'test/b.ts': "import { a } from './a.ts';" };
    expect(circleViolations(tree(files))).toEqual([]);
  });
});

describe('external libraries', () => {
  const manifest: Manifest = {
    scripts: { check: 'tsc && oxlint' },
    dependencies: { mqtt: '1', pino: '1' },
    devDependencies: { typescript: '7', oxlint: '1', sinon: '1', ajv: '8', extra: '1' },
    optionalDependencies: {},
  };
  const sound = {
    'agent/io/mqtt.ts': "import { connect } from 'mqtt';",
    'base/log.ts': "import { pino } from 'pino';",
    'tools/generate-validators.ts': "import { Ajv } from 'ajv';",
    'test/unit/clock.test.ts': "import sinon from 'sinon';",
    'test/support/extra.ts': "import { extra } from 'extra/deep';",
  };
  const withFile = (path: string, source: string) =>
    libraryViolations(tree({ ...sound, [path]: source }), manifest);

  it('accepts a library that is declared and imported where it may be', () => {
    expect(libraryViolations(tree(sound), manifest)).toEqual([]);
    expect(withFile('test/support/broker.ts', "import mqtt from 'mqtt';")).toEqual([]);
  });

  it.each([
    ['a second file that knows a library', 'agent/agent.ts', "import { connect } from 'mqtt';"],
    ['the same by a late import', 'agent/agent.ts', "const { connect } = await import('mqtt');"],
    ['a test that goes around the support', 'test/e2e/a.test.ts', "import mqtt from 'mqtt';"],
    ['the database elsewhere', 'agent/agent.ts', "import { DatabaseSync } from 'node:sqlite';"],
    ['an undeclared package', 'test/support/a.ts', "import { a } from 'left-pad';"],
    ['a test library in the product', 'agent/agent.ts', "import sinon from 'sinon';"],
    ['a package without a home', 'agent/agent.ts', "import { extra } from 'extra';"],
  ])('refuses %s', (_what, path, source) => {
    expect(withFile(path, source)).toHaveLength(1);
  });

  it('refuses a development package in the product, and a package that nothing uses', () => {
    const moved = { ...manifest, dependencies: { mqtt: '1' } };
    const devDependencies = { ...manifest.devDependencies, pino: '1', idle: '1' };
    expect(libraryViolations(tree(sound), { ...moved, devDependencies })).toEqual([
      'base/log.ts:1: pino is only a devDependency',
      'package.json: nothing imports idle',
    ]);
  });
});

describe('calls', () => {
  const calling = (path: string, source: string) => callViolations(tree({ [path]: source }));

  it.each([
    'const now = Date.now();',
    'const now = new Date();',
    'const now = performance.now();',
    'const { now } = Date;',
    'const Clock = class extends Object { at = new Date };',
    'const { now } = performance;',
    "import { performance } from 'node:perf_hooks';",
    "import perf from 'node:perf_hooks';",
    'const { random } = Math;',
    "import { randomBytes } from 'node:crypto';",
    'const id = crypto.randomUUID();',
    'crypto.getRandomValues(bytes);',
    "const { webcrypto } = await import('node:crypto');",
    'const keys = generateKeyPairSync(kind);',
    'globalThis.setTimeout(go, 5);',
    "import { setTimeout as sleep } from 'node:timers/promises';",
    "import * as timers from 'node:timers';",
    'setImmediate(go);',
    "import { env } from 'node:process';",
    'const { env } = process;',
    "const home = process['env'];",
    'const draw = Math.random();',
    'setTimeout(go, 5);',
    'const timer = setInterval(go, 5);',
    'const signal = AbortSignal.timeout(5);',
    'const home = process.env.HOME;',
    'const { HOME } = process.env;',
    "process.on('SIGTERM', stop);",
    "console.log('hello');",
  ])('refuses %s in a pure part', (source) => {
    expect(calling('agent/missions/machine.ts', source)).toHaveLength(1);
    expect(calling('cloud-stub/services/missions.ts', source)).toHaveLength(1);
    expect(calling('hal/sim/body/robot.ts', source)).toHaveLength(1);
  });

  it('accepts comments, strings, given times and adapters', () => {
    const source = `
      // Date.now() would be wrong here.
      const text = 'Math.random()' + \`process.env \${new Date(nowMs).toISOString()}\`;
      clock.setTimeout(go); const seen: Date = new Date(nowMs); const day = Date.UTC(2026, 1, 1);
      const { draw } = moment; const cost = { performance: 1 }; entropy.draw(); const found = /console.log(x)/.test(text);`;
    expect(calling('agent/missions/machine.ts', source)).toEqual([]);
    expect(calling('agent/io/clock.ts', 'setTimeout(go, Date.now());')).toEqual([]);
    expect(calling('cloud-stub/main.ts', "process.on('SIGTERM', stop);")).toEqual([]);
    expect(calling('agent/io/clock.ts', "import { randomBytes } from 'node:crypto';")).toEqual([]);
    expect(calling('cloud-stub/operator-key.ts', 'randomBytes(30);')).toEqual([]);
    expect(calling('agent/kernel/turn.ts', "import type { Timer } from 'node:timers';")).toEqual(
      [],
    );
  });

  it('rejects real time and randomness in the simulated world', () => {
    const inWorld = (source: string) => calling('test/simulation/world/actions.ts', source);
    for (const call of ['Date.now()', 'Math.random()', 'setTimeout(go, 1)', 'performance.now()']) {
      expect(inWorld(`${call};`)).toHaveLength(1);
      expect(calling('test/simulation/player.ts', `${call};`)).toEqual([]);
    }
    expect(inWorld('generateKeyPairSync(kind);')).toEqual([]);
    expect(calling('test/simulation/world/clock.ts', 'setImmediate(step);')).toEqual([]);
  });

  it('rejects Math.random in adapters, where a number may have to be secret', () => {
    expect(calling('agent/io/clock.ts', 'Math.random();')).toHaveLength(1);
    expect(calling('base/clock.ts', 'Math.random();')).toHaveLength(1);
  });

  it('sees code inside a template', () => {
    expect(calling('agent/kernel/turn.ts', `const a = \`at \${Date.now()}\`;`)).toHaveLength(1);
  });
});

describe('style rules', () => {
  const holding = (path: string, source: string) => mannerViolations(tree({ [path]: source }));

  it.each([
    ['TLS without verification', 'connect({ rejectUnauthorized: false });'],
    ['TLS without verification', "const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };"],
    ['default export', 'export default 1;'],
    ['default export', 'const a = 1; export { a as default };'],
    ['any', 'const a: any = 1;'],
    ['any', 'const a = b as any;'],
    ['any', 'const a: Array<any> = [];'],
    ['any', 'function f(a: string | any[]) {}'],
    ['switched-off type check', `// ${'@ts-'}ignore`],
    ['.only', "it.only('a', () => {});"],
    ['fake timers that fake turns', 'sinon.useFakeTimers({ now: 1 });'],
    ['fake timers that fake turns', "useFakeTimers({ toFake: ['Date', 'nextTick'] });"],
  ])('refuses %s: %s', (what, source) => {
    expect(holding('agent/agent.ts', source)).toEqual([`agent/agent.ts:1: ${what}`]);
  });

  it('accepts other words', () => {
    const source = `
      const signal = AbortSignal.any([a, b]); // rejectUnauthorized: false would be wrong, as any fool knows
      const a = { any: 1, text: 'export default any' }; rejectUnauthorized: true;
      useFakeTimers({ now: 1, toFake: ['setTimeout', 'Date'] });`;
    expect(holding('agent/agent.ts', source)).toEqual([]);
  });

  it('refuses a file that is too long', () => {
    const lines = (count: number) => 'a;\n'.repeat(count);
    expect(holding('agent/agent.ts', lines(linesMax))).toEqual([]);
    expect(holding('agent/agent.ts', lines(linesMax + 1))).toHaveLength(1);
    expect(holding('protocol/generated/validators.js', lines(linesMax + 1))).toEqual([]);
  });

  it.each(['agent/agent.ts', 'protocol/generated/validators.js'])(
    'refuses a line of %s that is too long',
    (path) => {
      const line = (length: number) => `${'a'.repeat(length - 1)};\n`;
      expect(holding(path, line(columnsMax))).toEqual([]);
      expect(holding(path, line(columnsMax + 1))).toHaveLength(1);
    },
  );

  it('refuses a skipped test whose name gives no reason', () => {
    const path = 'test/unit/a.test.ts';
    expect(holding(path, "it.skip('works', () => {});")).toHaveLength(1);
    expect(holding(path, "it.skipIf(!there)('works', () => {});")).toHaveLength(1);
    expect(holding(path, "it.skipIf(!there)('works (needs openssl)', () => {});")).toEqual([]);
    expect(holding(path, "it.runIf(there)(withOpenssl('works'), () => {});")).toEqual([]);
  });
});

describe('dead files', () => {
  it('finds files that no program, test or script reaches', () => {
    const files = {
      'agent/main.ts': "import { a } from './a.ts';",
      'agent/a.ts':
        "export type { B } from './b.ts'; spawn('agent/child.ts'); load('./worker.ts');",
      'agent/b.ts': '',
      'agent/child.ts': '',
      'agent/worker.ts': '',
      'agent/dead.ts': "import { alsoDead } from './also-dead.ts';",
      'agent/also-dead.ts': '',
      'agent/tested.ts': '',
      'test/unit/a.test.ts': "import { tested } from '../../agent/tested.ts';",
    };
    expect(deadFiles(tree(files))).toEqual([
      'agent/dead.ts: nothing leads to this file',
      'agent/also-dead.ts: nothing leads to this file',
    ]);
  });
});

describe('reading a source text', () => {
  it('finds every way to import', () => {
    const source = `
      import one from 'one';
      import * as two from "two/deep/er";
      import { a, type B } from './three.ts';
      import type { C } from '@scope/four/deep';
      import './five.ts';
      export * from './six.ts';
      export type { D } from './seven.ts';
      export { e, f as g };
      const eight = await import('eight');
      const nine = require('nine');
      import data from '../data.json' with { type: 'json' };
      // import { no } from 'no';
      const text = "import { no } from 'no'";`;
    const found = importsOf('agent/x/file.ts', source);
    const short = found.map(({ path, library, typeOnly }) => [path ?? library, typeOnly]);
    expect(new Map(short as [string, boolean][])).toEqual(
      new Map([
        ['one', false],
        ['two', false],
        ['agent/x/three.ts', false],
        ['@scope/four', true],
        ['agent/x/five.ts', false],
        ['agent/x/six.ts', false],
        ['agent/x/seven.ts', true],
        ['eight', false],
        ['nine', false],
        ['agent/data.json', false],
      ]),
    );
    expect(found.find(({ library }) => library === 'two')?.line).toBe(3);
  });

  it('keeps code and blanks the rest, line for line', () => {
    const source = [
      'a(/[/"]\\/x/g, b / c / d); // it\'s',
      `const s = 'it\\'s' + \`x \${f({ a: \`y \${1 / 2}\` })} z\`;`,
      '/* two',
      'lines */ e();',
    ].join('\n');
    const { code, strings } = readText(source);
    expect(code.length).toBe(source.length);
    expect(code.replaceAll(/ +/g, ' ').split('\n')).toEqual([
      'a(/ /g, b / c / d); ',
      `const s = ' ' + \` \${f({ a: \` \${1 / 2}\` })} \`;`,
      ' ',
      ' e();',
    ]);
    expect(strings.map(({ value }) => value)).toEqual(["it\\'s", 'x ', 'y ', '', ' z']);
  });
});
