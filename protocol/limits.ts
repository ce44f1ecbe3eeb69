/** Every bound of the protocol in one place. `docs/protocol.md` explains them; names end in their unit. */
export const limits = {
  /** AWS IoT Core's largest MQTT payload. */
  messageBytesMax: 128 * 1024,
  /** An MQTT packet without its fixed header: topic, packet identifier and payload. */
  packetBytesMax: 136 * 1024,
  /** AWS IoT Core's longest topic or filter, and the most slashes in it; a rule's name in front is not counted. */
  topicBytesMax: 256,
  topicSlashesMax: 7,
  /** AWS IoT Core's most filters in one SUBSCRIBE. */
  subscribeFiltersMax: 8,
  /** The receiver skips a larger message up to this size; a still larger one ends the connection. */
  skippedBytesMax: 1024 * 1024,
  /** AWS IoT Core meters a message in steps of 5 KB, its topic included; a report list fits into one step. */
  reportListBytes: 5 * 1024 - 128,
  /** A mission document, as JSON. Producers shorten it to this size, receivers reject more. */
  documentBytesMax: 32 * 1024,
  documentEventsMax: 200,
  /** The latest time, longest duration, highest count or area in a report: a larger figure is out of range. */
  wallMsMax: Date.UTC(2200, 0),
  spanSMax: 10 * 366 * 24 * 3600,
  countMax: 1_000_000_000,
  areaM2Max: 10_000_000,
  reportsPerListMax: 64,
  /**
   * The part that the documents of a list share, as JSON. It bounds how much each document can grow when it is
   * restored.
   */
  reportCommonBytesMax: 1024,
  mapBytesMax: 16 * 1024 * 1024,
  jobDocumentBytesMax: 32 * 1024,
  firmwareBytesMax: 256 * 1024 * 1024,
  urlCharsMax: 2048,
  /** A certificate request, as PEM. */
  csrCharsMax: 8192,
  /** A certificate, or a chain of few, as PEM. */
  certificateCharsMax: 16 * 1024,
  settingsMax: 32,
  /** From now to `expiresMs`, when a command is sent and when it is received. */
  commandLifeMsMax: 3_600_000,
  /** AWS IoT Jobs: details keys and values. */
  statusDetailCharsMax: 1024,
} as const;
