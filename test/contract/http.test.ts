import { buffer } from 'node:stream/consumers';
import { createHttp } from '../../agent/io/http.ts';
import { worldHttp } from '../simulation/world/http.ts';
import { startHttps } from '../support/agent-https.ts';
import { folders } from '../support/pki-folder.ts';
import { type HttpSubject, httpContract, type SeenRequest } from './http.suite.ts';

const folder = folders();

httpContract("the robot's client", async (): Promise<HttpSubject> => {
  const server = await startHttps(await folder());
  const requests: SeenRequest[] = [];
  const subject: HttpSubject = {
    http: createHttp({ caFile: server.caFile }),
    origin: server.origin,
    requests,
    answer: { status: 200 },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
  server.handle = async (request, response) => {
    const { method = '', url = '', headers } = request;
    const { answer } = subject;
    if (answer === 'broken') return request.socket.destroy();
    if (answer === 'silent') return request.resume();
    requests.push({ method, url, headers, body: await buffer(request) });
    response.writeHead(answer.status, { location: '/elsewhere' }).end(answer.body);
  };
  return subject;
});

httpContract("the simulated world's", async (): Promise<HttpSubject> => {
  const requests: SeenRequest[] = [];
  const subject: HttpSubject = {
    http: worldHttp(async ({ method, url, headers, body = new Uint8Array() }, signal) => {
      const { answer } = subject;
      if (answer === 'broken') return undefined;
      if (answer === 'silent') {
        return new Promise((_resolve, reject) => {
          if (signal.aborted) return reject(signal.reason);
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      }
      const { pathname, search } = new URL(url);
      requests.push({ method, url: pathname + search, headers, body });
      return answer;
    }),
    origin: 'https://objects',
    requests,
    answer: { status: 200 },
    [Symbol.asyncDispose]: async () => {},
  };
  return subject;
});
