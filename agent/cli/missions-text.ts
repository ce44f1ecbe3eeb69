import { cut, plain, utcMinute, wrapped } from '../../base/text.ts';
import type { Stamp } from '../../protocol/schemas/time.ts';
import type { DeadLetter, MissionList, Part, Report } from '../missions/requests.ts';

/** The missions as text for people, in 80 columns; the newest of each list is last. */
export function missionsText(list: MissionList): string {
  const { robot, open, waiting, deadLetters, history, dropped, unread, quarantined } = list;
  const lines = [
    ...wrapped('', `${robot}: ${openText(open)}`),
    ...partText('waiting for the cloud', waiting, rowsOf(waiting.newest)),
    ...partText(
      'dead letters, never sent again',
      deadLetters,
      deadLetters.newest.flatMap(deadRows),
    ),
    ...partText('confirmed by the cloud', history, rowsOf(history.newest)),
  ];
  if (dropped > 0) {
    const words = `${dropped} dropped because the outbox was full, before the cloud had confirmed them`;
    lines.push('', ...wrapped('', words));
  }
  if (unread > 0) lines.push('', `${unread} of another release, which this one cannot read`);
  if (quarantined > 0)
    lines.push('', `${quarantined} in quarantine in the store after a crash: see safe mode`);
  return lines.join('\n');
}

function openText(open: MissionList['open']): string {
  if (open === null) return 'no mission is open';
  const { missionId, initiator, started } = open;
  return `mission ${missionId} is open since ${stampText(started)}, started by ${plain(initiator)}`;
}

function partText(
  title: string,
  { count, newest }: Part<Report>,
  lines: readonly string[],
): string[] {
  if (count === 0) return [];
  const some = newest.length < count ? `, the newest ${newest.length}` : '';
  return ['', `${title}: ${count}${some}`, ...lines];
}

function rowsOf(reports: readonly Report[]): string[] {
  const width = Math.max(...reports.map(({ missionId }) => missionId.length));
  return reports.map((report) => cut(`  ${report.missionId.padEnd(width)} ${rowCells(report)}`));
}

function rowCells({ ended, outcome, runS, cleanedM2, mapId, state }: Report): string {
  const map = state === 'awaiting-map' ? 'map?' : mapId === null ? '' : 'map';
  const minutes = `${padFigure(Math.round(runS / 60), 4)} min`;
  const words = [stampText(ended).padEnd(18), plain(outcome).slice(0, 11).padEnd(11), minutes];
  return [...words, `${padFigure(Math.round(cleanedM2), 4)} m2`, map].join(' ').trimEnd();
}

const padFigure = (value: number, width: number): string => String(value).padStart(width);

function deadRows(report: DeadLetter): string[] {
  return [...rowsOf([report]), ...wrapped('    ', `${plain(report.code)}: ${report.todo}`)];
}

/** UTC to the minute; `~`: no earlier than this, by an unverified clock. */
function stampText({ wallMs, quality }: Stamp): string {
  if (quality === 'unset') return 'clock not set';
  return `${quality === 'synced' ? '' : '~'}${utcMinute(wallMs)}Z`;
}
