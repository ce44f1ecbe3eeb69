/**
 * The settings of MQTT.js on either side: one client object per connection attempt (decision 0006), which never
 * reconnects by itself, queues nothing and repeats nothing. `connectMs` is the caller's own deadline. The library's
 * comes later, because its error has no code of ours.
 */
export const clientSettings = ({
  clientId,
  keepAliveS,
  connectMs,
}: {
  readonly clientId: string;
  readonly keepAliveS: number;
  readonly connectMs: number;
}) =>
  ({
    protocolId: 'MQTT',
    protocolVersion: 4,
    clientId,
    keepalive: keepAliveS,
    clean: true,
    reconnectPeriod: 0,
    connectTimeout: 2 * connectMs,
    queueQoSZero: false,
    resubscribe: false,
    writeCache: false,
  }) as const;
