import { createLink as create } from '../../agent/io/mqtt.ts';
import { interruptAt } from './system-sabotage.ts';

/** Stands in for `agent/io/mqtt.ts` in a sabotaged agent: the real link, interrupted before the named responses are handled. */
export const createLink: typeof create = (options) => {
  const link = create(options);
  return {
    ...link,
    close() {
      link.close();
      interruptAt('old-connection-closed');
    },
    run: (credentials, handlers, signal) =>
      link.run(
        credentials,
        {
          ...handlers,
          up() {
            if (credentials === 'next') interruptAt('new-credentials-up');
            handlers.up();
          },
          message(topic, payload) {
            if (topic.endsWith('/create-from-csr/json/accepted')) interruptAt('certificate-made');
            if (topic.endsWith('/provision/json/accepted')) interruptAt('certificate-active');
            if (topic.endsWith('/missions/report/accepted')) interruptAt('report-accepted');
            // The token of the message that reports a job's end begins so.
            const isEnd = Buffer.from(payload).includes('"reporting-');
            if (isEnd && topic.endsWith('/update/accepted')) interruptAt('outcome-accepted');
            handlers.message(topic, payload);
          },
        },
        signal,
      ),
  };
};
