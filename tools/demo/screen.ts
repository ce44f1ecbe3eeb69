import { bar, blue, clip, hyperlink, type Paint, paintWith, wrap } from './text.ts';

/** One numbered part of the demo, as its heading shows it. */
export interface StepName {
  readonly number: number;
  readonly title: string;
}

/** A step's findings: one flat JSON object, the same that `--json` prints. */
export type Facts = object;

export type Ending =
  | { readonly ok: true; readonly ms: number; readonly facts: Facts }
  | { readonly ok: false; readonly ms: number; readonly code: string; readonly message: string };

export interface Progress {
  /** 0 to 1; absent when unknown, and then only the text is shown. */
  readonly part?: number;
  readonly text: string;
}

/** Where the demo is shown. No line is wider than 80 columns, except links, which must stay whole. */
export interface Screen {
  opening(text: string): void;
  begin(step: StepName): void;
  /** A fact, under the step's heading. */
  say(label: string, text: string): void;
  /**
   * An address to open, on a line of its own. A terminal with links shows a long one as a hyperlink behind its
   * beginning; a terminal without them shows `place` (or the address as it is).
   */
  link(label: string, url: string, place?: string): void;
  /** The progress of something. On a terminal it is one line that is redrawn; in plain text an occasional line. */
  progress(label: string, now: Progress): void;
  /** Rows that are drawn already, for a terminal with colours; `room` is the space for them. */
  picture(draw: (room: { columns: number; rows: number }) => readonly string[]): void;
  /** Keeps the bar as it is; later output goes below it. */
  rest(): void;
  end(step: StepName, ending: Ending): void;
  /** The last output of the demo; `text` may have several lines. */
  closing(text: string, facts: Facts): void;
}

export interface ScreenOptions {
  readonly style: 'terminal' | 'plain' | 'json';
  readonly isColoured: boolean;
  /** Whether the terminal makes links of text (OSC 8). */
  readonly hasLinks: boolean;
  readonly columns: number;
  write(text: string): void;
}

const labelWidth = 9;
const indent = ' '.repeat(3 + labelWidth + 1);
const barWidth = 20;
/** Leaves space for the surrounding lines in 24 rows. */
const pictureRows = 16;

export function createScreen(options: ScreenOptions): Screen {
  if (options.style === 'json') return jsonScreen(options.write);
  const columns = Math.min(80, Math.max(40, options.columns));
  const isTerminal = options.style === 'terminal';
  const paint = paintWith(options.isColoured);
  const screenStyle: ScreenStyle = { ...options, columns, isTerminal, paint };
  return isTerminal ? terminalScreen(screenStyle) : plainScreen(screenStyle);
}

interface ScreenStyle extends ScreenOptions {
  readonly isTerminal: boolean;
  readonly paint: Paint;
}

/** Shared by both human-readable screens: whole lines. */
function lineWriter({ columns, isTerminal, isColoured, hasLinks, paint, write }: ScreenStyle) {
  const labelled = (label: string, text: string) =>
    wrap(text, columns - indent.length).map((part, i) => {
      const head = i === 0 ? `   ${paint(blue, label.padEnd(labelWidth))} ` : indent;
      return `${head}${part}`;
    });
  return {
    opening: (text: string) => write(`${wrap(text, columns).join('\n')}\n`),
    begin: ({ number, title }: StepName) =>
      write(`\n${paint('bold', clip(`${number}  ${title}`, columns))}\n`),
    say: (label: string, text: string) => write(`${labelled(label, text).join('\n')}\n`),
    link(label: string, url: string, place = url) {
      const room = columns - indent.length;
      const long = hasLinks ? hyperlink(url, clip(url, room)) : place;
      const shown = isTerminal && url.length > room ? long : url;
      write(`   ${paint(blue, label.padEnd(labelWidth))} ${shown}\n`);
    },
    picture(draw: Parameters<Screen['picture']>[0]) {
      if (!isTerminal || !isColoured) return;
      const room = { columns: columns - indent.length, rows: pictureRows };
      for (const row of draw(room)) write(`${indent}${row}\n`);
    },
    end(_step: StepName, ending: Ending) {
      const took = `${(ending.ms / 1000).toFixed(1)} s`;
      const failure = ending.ok || ending.code !== 'demo-stopped' ? 'failed' : 'stopped';
      write(
        `   ${ending.ok ? paint('green', `ok, ${took}`) : paint('red', `${failure}, ${took}`)}\n`,
      );
    },
    closing: (text: string) => write(`\n${text}\n`),
  };
}

const percentText = (part: number): string => `${Math.round(part * 100)} %`;

function plainScreen(screenStyle: ScreenStyle): Screen {
  const out = lineWriter(screenStyle);
  let shown = '';
  return {
    ...out,
    rest: () => {},
    progress(label, { part, text }) {
      const mark = `${label} ${part === undefined ? text : Math.floor(part * 5)}`;
      if (mark === shown) return;
      shown = mark;
      out.say(label, part === undefined ? text : `${percentText(part)}  ${text}`);
    },
  };
}

function terminalScreen(screenStyle: ScreenStyle): Screen {
  const { columns, paint } = screenStyle;
  let drawn = '';
  const erase = () => {
    if (drawn !== '') screenStyle.write('\r\x1b[2K');
  };
  const rest = () => {
    if (drawn !== '') screenStyle.write('\n');
    drawn = '';
  };
  /** Whole lines are written above the bar. */
  const out = lineWriter({
    ...screenStyle,
    write(text) {
      erase();
      screenStyle.write(text + drawn);
    },
  });
  return {
    ...out,
    progress(label, { part, text }) {
      const percent = part === undefined ? '' : percentText(part).padStart(5);
      const share = part === undefined ? '' : `${paint('green', bar(part, barWidth))} ${percent}  `;
      const taken = part === undefined ? 0 : barWidth + percent.length + 4;
      const room = columns - indent.length - taken;
      erase();
      drawn = `   ${paint(blue, label.padEnd(labelWidth))} ${share}${clip(text, room)}`;
      screenStyle.write(drawn);
    },
    rest,
    end(step, ending) {
      rest();
      out.end(step, ending);
    },
  };
}

/** One JSON line per step as it ends, and one for the demo. */
function jsonScreen(write: (text: string) => void): Screen {
  const line = (value: object) => write(`${JSON.stringify(value)}\n`);
  return {
    opening: () => {},
    begin: () => {},
    say: () => {},
    link: () => {},
    picture: () => {},
    progress: () => {},
    rest: () => {},
    end: ({ number, title }, ending) => line({ step: number, title, ...ending }),
    closing: (_text, facts) => line(facts),
  };
}
