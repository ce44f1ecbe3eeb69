import { describe, expect, it } from 'vitest';
import { createScreen, type Screen, type ScreenOptions } from '../../../tools/demo/screen.ts';
import { bar, bytesText, clip, knowsHyperlinks, wrap } from '../../../tools/demo/text.ts';
import { hasColour, plainText, screenRows } from '../../support/demo-terminal.ts';

const long = `a path like /tmp/${'x'.repeat(120)}/map.png and then some more words ${'word '.repeat(30)}`;
const url = `https://127.0.0.1:4443/objects/maps/PF-1001/${'f'.repeat(200)}.png?X-Amz-Signature=1`;
const step = { number: 4, title: 'A step '.repeat(20).trim() };

function textOf(options: Partial<ScreenOptions>, show: (screen: Screen) => void): string {
  let text = '';
  const write = (more: string) => {
    text += more;
  };
  show(
    createScreen({
      style: 'plain',
      isColoured: false,
      hasLinks: true,
      columns: 80,
      ...options,
      write,
    }),
  );
  return text;
}

function showAll(screen: Screen): void {
  screen.opening(long);
  screen.begin(step);
  screen.say('robot', long);
  for (let part = 0; part <= 1; part += 0.01) screen.progress('cleaning', { part, text: long });
  screen.say('a label', 'x');
  screen.end(step, { ok: true, ms: 1234, facts: {} });
  screen.end(step, { ok: false, ms: 1234, code: 'c', message: long });
}

describe('the demo on a screen', () => {
  it.each([
    { style: 'plain', columns: 80 },
    { style: 'terminal', columns: 80 },
    { style: 'terminal', columns: 300 },
    { style: 'terminal', columns: 60 },
  ] as const)('stays within the columns: $style, $columns wide', (options) => {
    const rows = screenRows(textOf({ ...options, isColoured: true }, showAll));
    const widest = Math.max(...rows.map((row) => Array.from(row).length));
    expect(widest).toBeLessThanOrEqual(Math.min(80, options.columns));
    expect(rows.length).toBeGreaterThan(8);
  });

  it('draws a bar over itself and keeps the last one above the next line', () => {
    const text = textOf({ style: 'terminal' }, (screen) => {
      screen.begin({ number: 1, title: 'One' });
      screen.progress('cleaning', { part: 0.1, text: 'run' });
      screen.progress('cleaning', { part: 0.5, text: 'run' });
      screen.say('robot', 'got stuck');
      screen.progress('cleaning', { part: 1, text: 'home' });
      screen.end({ number: 1, title: 'One' }, { ok: true, ms: 1000, facts: {} });
    });
    expect(screenRows(text)).toEqual([
      '',
      '1  One',
      '   robot     got stuck',
      '   cleaning  ████████████████████ 100 %  home',
      '   ok, 1.0 s',
    ]);
  });

  it('prints some of the progress in plain text, without control characters', () => {
    const text = textOf({ style: 'plain' }, (screen) => {
      for (let i = 0; i <= 100; i += 1) screen.progress('area', { part: i / 100, text: 'run' });
    });
    expect(text.trimEnd().split('\n')).toEqual(
      [0, 20, 40, 60, 80, 100].map((percent) => `   area      ${percent} %  run`),
    );
  });

  it('keeps a link whole in plain text, and on a terminal behind its text', () => {
    const plain = textOf({ style: 'plain' }, (screen) => screen.link('map', url));
    expect(plain.split(/\s+/)).toContain(url);
    const terminal = textOf({ style: 'terminal' }, (screen) => screen.link('map', url));
    expect(terminal).toContain(`;;${url}`);
    expect(Math.max(...screenRows(terminal).map((row) => row.length))).toBe(80);
  });

  it('shows the path of a file where a terminal has no links, and no part of a long address', () => {
    const options = { style: 'terminal', hasLinks: false } as const;
    const show = (screen: Screen) => screen.link('map', url, 'cloud/objects/map.png');
    expect(textOf(options, show)).toBe('   map       cloud/objects/map.png\n');
    const path = `file:///tmp/${'d'.repeat(80)}/map.png`;
    expect(textOf(options, (screen) => screen.link('map', path))).toContain(`${path}\n`);
  });

  it('recognizes the terminals that have links', () => {
    expect(knowsHyperlinks({ TERM: 'xterm-256color' })).toBe(false);
    expect(knowsHyperlinks({ TERM_PROGRAM: 'Apple_Terminal', VTE_VERSION: '4205' })).toBe(false);
    expect(knowsHyperlinks({ VTE_VERSION: '7600' })).toBe(true);
    expect(knowsHyperlinks({ TERM_PROGRAM: 'WezTerm' })).toBe(true);
    expect(knowsHyperlinks({ WT_SESSION: 'x' })).toBe(true);
  });

  it.each(['plain', 'terminal'] as const)('shows no share when none is known: %s', (style) => {
    const text = textOf({ style }, (screen) => {
      screen.progress('update', { part: 0.25, text: 'downloading' });
      for (let i = 0; i < 3; i++) screen.progress('update', { text: 'arming' });
      screen.progress('update', { text: 'FAILED' });
      screen.rest();
    });
    const rows = screenRows(text.trimEnd());
    expect(rows.at(-1)).toBe('   update    FAILED');
    expect(rows).toHaveLength(style === 'plain' ? 3 : 1);
  });

  it('uses colours only when they are enabled', () => {
    expect(hasColour(textOf({ style: 'terminal', isColoured: false }, showAll))).toBe(false);
    expect(hasColour(textOf({ style: 'terminal', isColoured: true }, showAll))).toBe(true);
  });

  it('writes one JSON line per step and one for the demo', () => {
    const text = textOf({ style: 'json' }, (screen) => {
      showAll(screen);
      screen.closing('words', { demo: 'done', ms: 5 });
    });
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toEqual([
      { step: 4, title: step.title, ok: true, ms: 1234, facts: {} },
      { step: 4, title: step.title, ok: false, ms: 1234, code: 'c', message: long },
      { demo: 'done', ms: 5 },
    ]);
  });
});

describe('text', () => {
  it('wraps between words, and breaks a word that is too long', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('abcdefghij k', 4)).toEqual(['abcd', 'efgh', 'ij k']);
    expect(wrap('', 4)).toEqual(['']);
  });

  it('cuts with an ellipsis', () => {
    expect(clip('abcdef', 6)).toBe('abcdef');
    expect(clip('abcdef', 5)).toBe('abcd…');
  });

  it('fills a bar in eighths and stays in its width', () => {
    expect([0, 0.5, 1, 2, -1, 0.3].map((part) => bar(part, 4))).toEqual([
      '░░░░',
      '██░░',
      '████',
      '████',
      '░░░░',
      '█▎░░',
    ]);
  });

  it('prints bytes in common units', () => {
    expect([0, 999, 1000, 979_595, 3_000_000].map(bytesText)).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '979.6 kB',
      '3.0 MB',
    ]);
  });

  it('knows the width of text on a terminal', () => {
    expect(plainText('\x1b[32mgreen\x1b[0m')).toBe('green');
    expect(screenRows('abc\r\x1b[2Kd\n')).toEqual(['d']);
  });
});
