import { bar, clip } from '../../tools/day/text.ts';

/** How far a long run is: on a terminal one line that is redrawn, else a line at each tenth, for machines none. */
export interface Progress {
  show(part: number, text: string): void;
  /** Takes the line away again, before other output. */
  end(): void;
}

export interface ProgressOptions {
  readonly style: 'terminal' | 'plain' | 'none';
  readonly columns: number;
  write(text: string): void;
}

const redrawMs = 100;

export function createProgress({ style, columns, write }: ProgressOptions): Progress {
  if (style === 'none') return { show: () => {}, end: () => {} };
  if (style === 'plain') {
    let tenths = 0;
    return {
      show(part, text) {
        if (Math.floor(part * 10) <= tenths) return;
        tenths = Math.floor(part * 10);
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
