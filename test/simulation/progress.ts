import { bar, clip } from '../../tools/demo/text.ts';

/**
 * The progress of a long run. On a terminal it is one line that is redrawn; otherwise a line at each tenth and at least
 * each minute; for machine-readable output nothing.
 */
export interface Progress {
  show(part: number, text: string): void;
  /** Removes the line before other output. */
  end(): void;
}

export interface ProgressOptions {
  readonly style: 'terminal' | 'plain' | 'none';
  readonly columns: number;
  write(text: string): void;
}

const redrawMs = 100;
/** The longest time without a sign that a run still goes on. */
const quietMs = 60_000;

export function createProgress({ style, columns, write }: ProgressOptions): Progress {
  if (style === 'none') return { show: () => {}, end: () => {} };
  if (style === 'plain') {
    let tenths = 0;
    let claimedMs = performance.now();
    return {
      show(part, text) {
        const isQuiet = performance.now() - claimedMs < quietMs;
        if (Math.floor(part * 10) <= tenths && isQuiet) return;
        tenths = Math.floor(part * 10);
        claimedMs = performance.now();
        write(`${percent(part)}  ${text}\n`);
      },
      end: () => {},
    };
  }
  let drawnMs = Number.NEGATIVE_INFINITY;
  return {
    show(part, text) {
      const nowMs = performance.now();
      if (nowMs - drawnMs < redrawMs && part < 1) return;
      drawnMs = nowMs;
      write(
        `\r\x1b[2K${clip(`${bar(part, 20)} ${percent(part)}  ${text}`, Math.min(80, columns) - 1)}`,
      );
    },
    end: () => write('\r\x1b[2K'),
  };
}

const percent = (part: number): string => `${Math.floor(part * 100)} %`.padStart(5);
