import { createLink as create } from '../../agent/io/mqtt.ts';
import { strikeAt } from './system-sabotage.ts';

/** Stands in for `agent/io/mqtt.ts` in a sabotaged agent: the real link, and a blow before the named responses are handled. */
export const createLink: typeof create = (options) => {
  const link = create(options);
  return {
    ...link,
    close() {
      link.close();
      strikeAt('old-connection-closed');
    },
    run: (credentials, handlers, signal) =>
      link.run(
        credentials,
        {
          ...handlers,
          up() {
            if (credentials === 'next') strikeAt('new-credentials-up');
            handlers.up();
          },
          message(topic, payload) {
            if (topic.endsWith('/create-from-csr/json/accepted')) strikeAt('certificate-made');
            if (topic.endsWith('/provision/json/accepted')) strikeAt('certificate-active');
            if (topic.endsWith('/missions/report/accepted')) strikeAt('report-accepted');
            // The token of the message that reports a job's end begins so.
            const isEnd = Buffer.from(payload).includes('"reporting-');
            if (isEnd && topic.endsWith('/update/accepted')) strikeAt('outcome-accepted');
            handlers.message(topic, payload);
          },
        },
        signal,
      ),
  };
};
