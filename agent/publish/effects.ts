import { repeat } from '../effects.ts';
import type { EffectsOf } from '../kernel/effects.ts';
import type { Message } from './sender.ts';

export const publishEffects = {
  publish: repeat<Message>((message, { sender }) => sender.send(message)),
};

export type PublishEffect = EffectsOf<typeof publishEffects>;
