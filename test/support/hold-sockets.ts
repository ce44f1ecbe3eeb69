import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

/**
 * Loaded before a program (`node --import`), this keeps every socket to the Unix path in `HOLD_SOCKET` open: destroying it
 * does nothing, as if a bug kept it open. Whatever waits for its end waits forever.
 */
const net = createRequire(import.meta.url)('node:net') as { Socket: { prototype: Socket } };
const { connect } = net.Socket.prototype as unknown as { connect: (...args: unknown[]) => Socket };

(net.Socket.prototype as { connect: unknown }).connect = function (
  this: Socket,
  ...args: unknown[]
) {
  if (JSON.stringify(args).includes(process.env['HOLD_SOCKET'] ?? '\0')) this.destroy = () => this;
  return connect.apply(this, args);
};
