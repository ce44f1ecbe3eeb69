import { expect, it } from 'vitest';
import { startHostile, wellBehaved } from '../../support/agent-hostile.ts';
import { startAttackedAgent } from '../../support/attacked-agent.ts';
import { mintCa } from '../../support/cloud-pki.ts';
import { hex } from '../../support/mqtt-bytes.ts';
import { folders } from '../../support/pki-folder.ts';

// Packets of two and four bytes that once ended the process, and three times of that were an hour of safe mode.

const folder = folders();

it('malformed packets of a broker end their connections, and cause neither an exit nor safe mode', async () => {
  const packets = ['62 00', '62 01 01', '32 02 00 00', '50 00', '40 00', 'b0 00'].map(hex);
  let connections = 0;
  const ca = await mintCa();
  await using broker = await startHostile(ca, {
    onPacket(socket, packet) {
      wellBehaved.onPacket(socket, packet);
      if (packet.type !== 8) return;
      const bad = packets[connections++];
      if (bad !== undefined) socket.write(bad);
    },
  });
  await using agent = await startAttackedAgent(await folder(), { ca, port: broker.port });
  const status = await agent.status(({ link }) => link.connects > packets.length);
  expect(agent.isRunning).toBe(true);
  expect(status).not.toHaveProperty('safeMode');
  expect(status).toMatchObject({ boot: 1, link: { last: { kind: 'lost', code: 'protocol' } } });
});
