/**
 * How MQTT.js is set up on either side: one client object per attempt to connect (decision 0006), which never connects
 * again by itself, queues nothing and repeats nothing. `connectMs` is the caller's own deadline: that of the library comes
 * later, since it does not know what to call it.
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
