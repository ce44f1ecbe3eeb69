import { describe, expect, it } from 'vitest';
import { json, runCli, usage } from '../../../base/cli.ts';
import { type Command, command } from '../../../base/command.ts';
import { PilotfishError } from '../../../base/errors.ts';

const drive = command({
  summary: 'drives somewhere',
  options: {
    to: { type: 'string', value: 'PLACE', required: true, describe: 'where to' },
    speed: { type: 'number', min: 0, max: 60, default: 2, describe: 'how fast' },
    steps: { type: 'number', min: 1, describe: 'how far' },
    loud: { type: 'boolean', describe: 'with the horn' },
    note: { type: 'string', describe: 'what to remember' },
  },
  async run(options, io) {
    io.out(JSON.stringify(options));
    return 0;
  },
});

const failing = (error: unknown): Command =>
  command({
    summary: 'fails',
    options: {},
    run: () => Promise.reject(error),
  });

async function run(argv: readonly string[], more: Record<string, Command> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(
    { name: 'robot', version: '1.2.3', summary: 'a robot', commands: { drive, ...more } },
    {
      argv,
      out: (text) => void out.push(text),
      err: (text) => void err.push(text),
      isTerminal: false,
      signal: new AbortController().signal,
    },
  );
  return { code, out, err };
}

describe('a valid command line', () => {
  it('gives the command its options, with defaults', async () => {
    const { code, out, err } = await run(['drive', '--to', 'dock']);
    expect(code).toBe(0);
    expect(err).toEqual([]);
    expect(JSON.parse(out[0] ?? '')).toEqual({ to: 'dock', speed: 2, loud: false });
  });

  it.each([
    [['--to=dock', '--speed=0', '--loud'], { to: 'dock', speed: 0, loud: true }],
    [['--speed', '60', '--to', 'a b'], { to: 'a b', speed: 60, loud: false }],
    [
      ['--to', 'dock', '--speed', '0.5', '--steps', '1e3'],
      { to: 'dock', speed: 0.5, steps: 1000, loud: false },
    ],
    [['--to=-x', '--note=--to'], { to: '-x', note: '--to', speed: 2, loud: false }],
  ])('%j is read', async (argv, expected) => {
    const { code, out } = await run(['drive', ...argv]);
    expect(code).toBe(0);
    expect(JSON.parse(out[0] ?? '')).toEqual(expected);
  });

  it("returns the command's own exit code", async () => {
    const seven = command({ summary: 'exits with 7', options: {}, run: async () => 7 });
    expect((await run(['seven'], { seven })).code).toBe(7);
  });
});

describe('help', () => {
  it.each([[['drive', '--help']], [['drive', '-h']], [['help', 'drive']], [['--help', 'drive']]])(
    '%j shows the options of a command',
    async (argv) => {
      const { code, out, err } = await run(argv);
      expect({ code, err }).toEqual({ code: 0, err: [] });
      expect(out[0]).toMatch(/^robot drive: drives somewhere\n.* {2}--to PLACE\n/s);
    },
  );

  it.each([[['help']], [['--help']], [['help', 'help']], [[]]])(
    '%j shows the commands',
    async (argv) => {
      const { code, out } = await run(argv);
      expect(code).toBe(0);
      expect(out[0]).toMatch(/^robot: a robot\n.* {2}drive /s);
    },
  );

  it('is an error for an unknown command', async () => {
    expect(await run(['help', 'fly'])).toMatchObject({
      code: 2,
      out: [],
      err: ['robot: fly: no such command (usage)', '  robot --help lists the commands'],
    });
  });
});

describe('a positional argument', () => {
  const find = command({
    summary: 'finds',
    word: 'id',
    options: { id: { type: 'string', value: 'ID', required: true, describe: 'what' } },
    async run({ id }, io) {
      io.out(id);
      return 0;
    },
  });

  it.each([[['find', 'x']], [['find', '--id', 'x']], [['find', '--', 'x']]])(
    '%j is the value of its option',
    async (argv) => expect(await run(argv, { find })).toMatchObject({ code: 0, out: ['x'] }),
  );

  it.each([
    [['find'], 'robot: ID is missing: what (usage)'],
    [['find', 'x', 'y'], "robot: Unexpected argument 'y' (usage)"],
    [['find', 'x', '--id', 'y'], "robot: Unexpected argument 'x' beside --id (usage)"],
    [['find', ''], 'robot: --id is empty, expected ID (usage)'],
  ])('%j is rejected', async (argv, line) => {
    const { code, out, err } = await run(argv, { find });
    expect({ code, out, line: err[0] }).toEqual({ code: 2, out: [], line });
  });

  it('is to be quoted when it has blanks', async () => {
    const { err } = await run(['find', 'x', 'y'], { find });
    expect(err[1]).toBe('  one ID is expected; quote its blanks');
  });

  it('is shown in the help', async () => {
    const [help] = (await run(['help', 'find'], { find })).out;
    expect(help).toMatch(/^robot find ID: finds\n\n {2}ID, --id ID\n/);
  });
});

describe('an error with --json', () => {
  const failWith = (error: unknown) =>
    command({ summary: 'fails', options: { json }, run: () => Promise.reject(error) });

  it.each([
    [new PilotfishError('missing', 'it is missing', { hint: 'search for it' }), 'search for it'],
    [new PilotfishError('missing', 'it is missing'), undefined],
  ])('is one line of JSON on standard error, with the usual exit code', async (error, hint) => {
    const { code, out, err } = await run(['fail', '--json'], { fail: failWith(error) });
    expect({ code, out }).toEqual({ code: 1, out: [] });
    expect(err.map((line) => JSON.parse(line) as unknown)).toEqual([
      { error: { code: 'missing', message: 'it is missing', ...(hint && { hint }) } },
    ]);
  });

  it('is one line of JSON also when it concerns the options', async () => {
    const { code, err } = await run(['fail', '--json', '--fast'], { fail: failWith(undefined) });
    expect(code).toBe(2);
    expect(JSON.parse(err.join('\n'))).toMatchObject({ error: { code: 'usage' } });
  });

  it('stays plain text when the command has no --json', async () => {
    const { err } = await run(['drive', '--json']);
    expect(err[0]).toBe("robot: Unknown option '--json' (usage)");
  });
});

describe('an invalid command line', () => {
  it.each([
    [['fly'], 'robot: fly: no such command (usage)'],
    [['toString'], 'robot: toString: no such command (usage)'],
    [['--loud'], 'robot: --loud: no such command (usage)'],
    [['drive'], 'robot: --to is missing: where to (usage)'],
    [['drive', '--to', ''], 'robot: --to is empty, expected PLACE (usage)'],
    [
      ['drive', '--to', 'dock', '--speed', 'fast'],
      'robot: --speed is "fast", expected a number from 0 to 60 (usage)',
    ],
    [
      ['drive', '--to', 'dock', '--speed', '61'],
      'robot: --speed is "61", expected a number from 0 to 60 (usage)',
    ],
    [
      ['drive', '--to', 'dock', '--speed='],
      'robot: --speed is "", expected a number from 0 to 60 (usage)',
    ],
    [
      ['drive', '--to', 'dock', '--speed', ' '],
      'robot: --speed is " ", expected a number from 0 to 60 (usage)',
    ],
    [
      ['drive', '--to', 'dock', '--steps', '0'],
      'robot: --steps is "0", expected a number of at least 1 (usage)',
    ],
    [
      ['drive', '--to', 'dock', '--steps', '1e999'],
      'robot: --steps is "1e999", expected a number of at least 1 (usage)',
    ],
    [['drive', '--to', 'dock', '--spede', '1'], "robot: Unknown option '--spede' (usage)"],
    [['drive', '--to'], "robot: Option '--to <value>' argument missing (usage)"],
    [
      ['drive', '--to', 'dock', '--loud=yes'],
      "robot: Option '--loud' does not take an argument (usage)",
    ],
    [['drive', '--to', 'dock', 'now'], "robot: Unexpected argument 'now' (usage)"],
  ])('%j gets one clear line and exit code 2', async (argv, line) => {
    const { code, out, err } = await run(argv);
    expect(code).toBe(2);
    expect(out).toEqual([]);
    expect(err[0]).toBe(line);
    expect(err.slice(1).every((hint) => hint.startsWith('  '))).toBe(true);
    expect(err.length).toBeLessThanOrEqual(2);
  });

  it('lists the options when one is unknown', async () => {
    const { err } = await run(['drive', '--spede', '1']);
    expect(err[1]).toBe('  known options: --to --speed --steps --loud --note');
  });
});

describe('a command that fails with', () => {
  it.each([
    [
      usage('--map is no map', 'try another'),
      2,
      ['robot: --map is no map (usage)', '  try another'],
    ],
    [
      new PilotfishError('config-field', 'port: expected a number'),
      2,
      ['robot: port: expected a number (config-field)'],
    ],
    [new PilotfishError('no-board', 'no board'), 1, ['robot: no board (no-board)']],
    [
      new PilotfishError('no-board', 'no board', { cause: new Error('connect\n  refused') }),
      1,
      ['robot: no board: connect refused (no-board)'],
    ],
    [
      Object.assign(new Error('no such file'), { code: 'ENOENT' }),
      1,
      ['robot: no such file (ENOENT)'],
    ],
    [
      Object.assign(new Error('no space left on device, write'), { code: 'ENOSPC' }),
      1,
      [
        'robot: no space left on device, write (ENOSPC)',
        '  there is no room on that medium: make room, or choose another folder',
      ],
    ],
    [new TypeError('x is not a function'), 1, ['robot: x is not a function (unknown)']],
    ['plain text', 1, ['robot: plain text (unknown)']],
    [undefined, 1, ['robot: undefined (unknown)']],
  ])('%s exits with code %i, without a stack trace', async (error, code, lines) => {
    expect(await run(['fail'], { fail: failing(error) })).toEqual({ code, out: [], err: lines });
  });
});

describe('help and version', () => {
  it.each([[[]], [['--help']], [['-h']]])('%j shows the commands', async (argv) => {
    const { code, out } = await run(argv);
    expect(code).toBe(0);
    expect(out[0]).toMatch(/^robot: a robot\n/);
    expect(out[0]).toMatch(/^ {2}drive {2}drives somewhere$/m);
  });

  it.each([[['--version']], [['-V']]])('%j shows the version', async (argv) => {
    expect(await run(argv)).toEqual({ code: 0, out: ['1.2.3'], err: [] });
  });

  it("shows a command's options, even when others are wrong", async () => {
    const { code, out } = await run(['drive', '--speed', 'fast', '--help']);
    expect(code).toBe(0);
    expect(out[0]).toBe(
      [
        'robot drive: drives somewhere',
        '',
        '  --to PLACE',
        '      where to (required)',
        '  --speed N',
        '      how fast (default 2)',
        '  --steps N',
        '      how far',
        '  --loud',
        '      with the horn',
        '  --note TEXT',
        '      what to remember',
      ].join('\n'),
    );
  });

  it('wraps long texts between words at 80 columns, and loses none', async () => {
    const words = Array.from({ length: 40 }, (_, n) => 'x'.repeat((n % 9) + 1)).join(' ');
    const long = command({
      summary: words,
      options: { to: { type: 'string', required: true, describe: words } },
      run: async () => 0,
    });
    const { out: program } = await run(['--help'], { long });
    const { out: one } = await run(['long', '--help'], { long });
    const out = [...program, ...one];
    const lines = out.flatMap((text) => text.split('\n'));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(Math.max(...lines.map((line) => line.length))).toBeGreaterThan(70);
    expect(out[0]?.replaceAll(/\s+/g, ' ')).toContain(` long ${words}`);
    expect(out[1]?.replaceAll(/\s+/g, ' ')).toContain(`--to TEXT ${words} (required)`);
  });
});
