import type { Mutant } from './plant.ts';

/**
 * Bugs that the world must find; each breaks a rule of the design in a way that somebody could. They are planted in the
 * product's source as it is loaded (`mutant-loader.ts`), one at a time.
 */
export const mutants: readonly Mutant[] = [
  {
    name: 'order-by-revision-alone',
    file: 'protocol/missions.ts',
    from: 'Number(a.ended) - Number(b.ended) || a.boot - b.boot || a.revision - b.revision',
    to: 'a.revision - b.revision',
    seedsMax: 100,
    why: "revisions begin anew in each boot: an old boot's progress hides the end of its mission",
  },
  {
    name: 'await-effects-in-the-turn',
    file: 'agent/kernel/executor.ts',
    from: '    if (!(outcome instanceof Promise)) return;',
    to: `    if (!(outcome instanceof Promise)) return;
    if (key === 'link/open') return void outcome;`,
    seedsMax: 5,
    why: 'no event is heard while a connection, an upload or an installation goes on',
  },
  {
    name: 'repeat-command-after-crash',
    file: 'agent/commands/machine.ts',
    from: `    const outcome: CommandOutcome = record
      ? recorded(record, moment)`,
    to: `    const item = state.items.get(id);
    if (record === undefined && item !== undefined) {
      const items = new Map(state.items).set(id, { ...item });
      const verb = item.command.command as 'start';
      return { state: { ...state, items }, effects: [{ type: 'body/command', tag: id, verb }] };
    }
    const outcome: CommandOutcome = record
      ? recorded(record, moment)`,
    seedsMax: 150,
    why: 'a command whose fate is not known is begun again, however late it is by now',
  },
  {
    name: 'trial-by-the-old-session',
    file: 'agent/link/effects.ts',
    from: 'ports.link.run(\n    pair,',
    to: "ports.link.run(\n    'current',",
    seedsMax: 50,
    why: 'a new certificate is taken for proven by a connection that the old one made',
  },
  {
    name: 'confirm-before-persist',
    file: 'cloud-stub/cloud.ts',
    from: '        done = run(nowMs, attempt);',
    to: `        let early = { outbound: [], refusals: [] };
        try {
          run(nowMs, (ctx) => {
            early = attempt(ctx);
          });
        } catch {}
        done = early;`,
    seedsMax: 150,
    why: "the cloud's answer leaves although its store has taken nothing",
  },
  {
    name: 'resend-without-bound',
    file: 'agent/missions/lists.ts',
    from: 'ms: askAgainMs(resends + 1, draw, bounds)',
    to: 'ms: Math.round(1000 * (1 + draw))',
    seedsMax: 60,
    why: 'what is not confirmed goes out every second or two, for as long as the cloud is silent',
  },
  {
    name: 'drop-the-command-id',
    file: 'agent/commands/machine.ts',
    from: "{ type: 'body/command', tag: id, verb }",
    to: "{ type: 'body/command', tag: moment.nonce, verb }",
    seedsMax: 5,
    why: 'neither body nor cloud can tell one command from its repetition',
  },
  {
    name: 'stale-timers-fire',
    file: 'agent/kernel/timers.ts',
    from: `    this.clear(key);
    if (this.#isStopped) return;
    const cancel = this.#time.after(ms, () => {
      if (this.#cancels.get(key) !== cancel) return this.#journal.count('stale-timer');`,
    to: '    const cancel = this.#time.after(ms, () => {',
    seedsMax: 5,
    why: 'a timer that was set anew fires for its old time too',
  },
  {
    name: 'stale-health-timer',
    file: 'agent/updates/switch.ts',
    from: `      { type: 'timer/clear', key: healthTimer },
      ...(confirmed.effects ?? []),
    ],
  };
}

/** Out of time on trial: back to the old slot. */
export function unhealthy(state: UpdatesState): Step<UpdatesState, UpdatesEffect> {
  if (state.row.job?.phase !== 'verifying') return stay(state);`,
    to: `      ...(confirmed.effects ?? []),
    ],
  };
}

export function unhealthy(state: UpdatesState): Step<UpdatesState, UpdatesEffect> {`,
    seedsMax: 60,
    why: 'an image that has proven its health is given up when the time for proving it is over',
  },
  {
    name: 'good-before-health',
    file: 'agent/updates/recover.ts',
    from: 'boot.onTrial ? verify(config, state) : confirm(state)',
    to: 'confirm(state)',
    seedsMax: 60,
    why: 'a slot is marked good at its first start, before it has reached its cloud',
  },
  {
    name: 'old-delta',
    file: 'agent/shadow/machine.ts',
    from: 'if (!state.got || version <= state.version) return stay(state);',
    to: 'if (!state.got) return stay(state);',
    seedsMax: 300,
    why: 'a delta that was overtaken on its way sets the settings back',
  },
  {
    name: 'effects-before-commit',
    file: 'agent/kernel/loop.ts',
    from: '    const taken = takeTurn(machinery, states, event, parts.moment());',
    to: `    const { effects, ...rest } = takeTurn(machinery, states, event, parts.moment());
    for (const effect of effects) start(effect);
    const taken = { ...rest, effects: [] };`,
    seedsMax: 30,
    why: 'the robot tells and does what it has not stored, and after a crash tells and does it otherwise',
  },
  {
    name: 'mission-not-known-as-ended',
    file: 'agent/missions/watch.ts',
    from: 'known: [...row.known, mission.id].slice(-knownMax),',
    to: 'known: row.known,',
    seedsMax: 5,
    why: 'a mission that the body reports as ended is ended again at every look',
  },
  {
    name: 'previous-pair-deleted-at-once',
    file: 'agent/identity/effects.ts',
    from: '    reportDroppedPairs(ports.journal, before, after);',
    to: "      await ports.identity.forget(['previous-1', 'previous-2', 'previous-3']);",
    seedsMax: 100,
    why: 'a false cloud that can renew leaves the robot no pair that its true cloud takes',
  },
  {
    name: 'told-time-saved-as-floor',
    file: 'agent/time/clock-floor.ts',
    from: '  const behindMs = cloudMs - now.wallMs;',
    to: `  const behindMs = cloudMs - now.wallMs;
  const provenMs = Math.max(state.row.provenMs, cloudMs);
  state = { ...state, row: { ...state.row, provenMs } };`,
    seedsMax: 200,
    why: 'a false cloud of 2034 leaves a floor by which the true server has expired',
  },
  {
    name: 'late-command',
    file: 'agent/commands/machine.ts',
    from: '      if (wallMs >= command.expiresMs) return',
    to: '      if (wallMs >= command.expiresMs + 3_600_000) return',
    seedsMax: 50,
    why: 'a command is run that has expired within the last hour',
  },
  {
    name: 'map-let-go-too-early',
    file: 'agent/maps/machine.ts',
    from: "    case 'later':\n      return askLater(state, config, moment);",
    to: "    case 'later':\n      return forget(state, missionId, kept.map.id);",
    seedsMax: 50,
    why: 'a map is deleted when its upload has failed once',
  },
  {
    name: 'any-signature',
    file: 'agent/io/trust.ts',
    from: 'return known !== undefined && holds(signed, known.key, sig);',
    to: 'return known !== undefined && (holds(signed, known.key, sig) || sig !== "");',
    seedsMax: 60,
    why: "an image is installed whose signature is not the maker's",
  },
  {
    name: 'security-floor-ignored',
    file: 'agent/io/trust.ts',
    from: 'if (securityCounter < context.floor) {',
    to: 'if (securityCounter < 0) {',
    seedsMax: 30,
    why: 'an image of an older security version is installed',
  },
  {
    name: 'endless-report-loop',
    file: 'agent/shadow/report.ts',
    from: '  if (told === state.told && !isClearing) return stay(state);\n',
    to: '',
    seedsMax: 5,
    why: 'each report that the cloud takes is answered by the same report',
  },
  {
    name: 'blocked-robot-let-in',
    file: 'cloud-stub/services/registry.ts',
    from: 'return statusRefusals[row.status];',
    to: "return row.status === 'INACTIVE' ? undefined : statusRefusals[row.status];",
    seedsMax: 50,
    why: 'a certificate that is not active makes a connection',
  },
  {
    name: 'event-lost-with-a-full-disk',
    file: 'agent/unstored.ts',
    from: "return { retry: isFromCloud ? 'missed' : 'later' };",
    to: "return { retry: 'missed' };",
    seedsMax: 400,
    why: 'what comes only once, an outcome or a timer, is forgotten when it cannot be stored',
  },
  {
    name: 'reborn-mission-counted-twice',
    file: 'cloud-stub/services/mission-identity.ts',
    from: 'return known?.document.bodyMission === bodyMission ? known : undefined;',
    to: 'return known === undefined ? known : undefined;',
    seedsMax: 100,
    why: 'a robot that lost its store reports what its body remembers again, and the table holds it twice',
  },
  {
    name: 'id-conflict-is-for-good',
    file: 'agent/missions/answers.ts',
    from: "if (code !== 'id-conflict') {",
    to: "if (code !== '') {",
    seedsMax: 30,
    why: 'a report whose id was used before the store was put back becomes a dead letter',
  },
  {
    name: 'dropped-and-not-counted',
    file: 'agent/missions/watch.ts',
    from: 'dropped: row.dropped + bounded.dropped.length,',
    to: 'dropped: row.dropped,',
    seedsMax: 20,
    why: 'a report that had to go for want of room is missing, and nobody knows',
  },
  {
    name: 'progress-is-stored',
    file: 'agent/missions/progress.ts',
    from: 'state: { ...state, revision: state.revision + 1, progress: told },',
    to: 'state: { ...state, row: { ...state.row }, revision: state.revision + 1, progress: told },',
    seedsMax: 5,
    why: 'each progress report costs a write, and flash wears out',
  },
  {
    name: 'map-of-a-report-that-had-to-go',
    file: 'agent/missions/send.ts',
    from: "if (entry === undefined) return { state, events: lost([missionId], 'no-room') };",
    to: 'if (entry === undefined) return stay(state);',
    seedsMax: 150,
    why: 'a map is kept for ever whose report was dropped while it was fetched',
  },
  {
    name: 'outbox-without-bound',
    file: 'agent/missions/outbox.ts',
    from: 'kept.size <= bounds.reportsMax * part && bytes <= bounds.bytesMax * part;',
    to: 'bytes <= bounds.bytesMax * part;',
    seedsMax: 20,
    why: 'more reports are kept than there is room for',
  },
  {
    name: 'count-of-the-dropped-not-told',
    file: 'protocol/report-lists.ts',
    from: 'dropped > 0 ? { dropped } : {}',
    to: 'dropped > 1e9 ? { dropped } : {}',
    seedsMax: 20,
    why: 'the robot counts what it threw away and the cloud never learns of it',
  },
  {
    name: 'map-files-left-behind',
    file: 'agent/maps/machine.ts',
    from: "effects: [{ type: 'map/sweep', mapIds: mapIdsOf(state) }]",
    to: 'effects: []',
    seedsMax: 20,
    why: 'a file that an end of the agent or of the power has left stays on the disk for ever',
  },
  {
    name: 'all-maps-swept',
    file: 'agent/maps/machine.ts',
    from: "effects: [{ type: 'map/sweep', mapIds: mapIdsOf(state) }]",
    to: "effects: [{ type: 'map/sweep', mapIds: new Set() }]",
    seedsMax: 60,
    why: 'maps that wait for their upload are removed at the next start',
  },
  {
    name: 'image-not-synced',
    file: 'hal/sim/installer.ts',
    from: '    await sync();\n  } finally {',
    to: '  } finally {',
    seedsMax: 60,
    why: 'a slot is complete while its image is only in the cache: the power goes, and it is torn',
  },
  {
    name: 'jobs-without-pause',
    file: 'agent/updates/take.ts',
    from: 'const waits = waitMs(state.takes, 1, moment.now.monoMs);',
    to: 'const waits = 0;',
    seedsMax: 60,
    why: 'each job that ends is followed by the next at once, for as long as a cloud offers any',
  },
  {
    name: 'start-after-a-later-stop',
    file: 'agent/commands/machine.ts',
    from: '      if (isMoot(command)) return',
    to: '      if (isMoot(command) && wallMs < 0) return',
    seedsMax: 200,
    why: 'a stop goes first, and a start that was sent before it is carried out after it',
  },
  {
    name: 'owner-overruled',
    file: 'agent/shadow/wishes.ts',
    from: '  settingOf(row?.applied ?? null, name) === settingOf(desired, name);',
    to: "  settingOf(row?.applied ?? null, name) === '';",
    seedsMax: 40,
    why: 'what an owner changes on the robot is set back at once to what the cloud has wished before',
  },
  {
    name: 'odd-wish-stops-all',
    file: 'agent/link/inbound.ts',
    from: '  const { message: body, dropped } = read.value;\n',
    to: `  const { message: body, dropped } = read.value;
  if (dropped.length > 0) return refuse('wrong-schema', 'odd');
`,
    seedsMax: 40,
    why: 'one wish that cannot be read makes the whole shadow worthless',
  },
];
