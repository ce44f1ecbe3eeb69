import { type Mutant, wrapExports } from '../planting.ts';

/** Seeded faults that only the agent's own files can have. */
export const fileMutants: readonly Mutant[] = [
  {
    name: 'folder-not-flushed',
    seam: wrapExports<typeof import('../../../base/files.ts')>('base/files.ts', {
      createFiles: (real) => (system, freshId) => {
        const { writeDurable } = real({ ...system, syncFolder: async () => {} }, freshId);
        return { ...real(system, freshId), writeDurable };
      },
    }),
    seedsMax: 60,
    why: 'a power cut, hours later, takes files that were only renamed: a key of a pair, or a map',
  },
  {
    name: 'previous-pair-kept-too-late',
    seam: wrapExports<typeof import('../../../agent/io/credential-files.ts')>(
      'agent/io/credential-files.ts',
      {
        createCredentialFiles: (real) => (parts) => {
          const pairs = real(parts);
          const point: typeof pairs.point = async (credentials, name) => {
            await pairs.point(credentials, name);
            if (credentials === 'current') await pairs.keepCurrent();
          };
          return { ...pairs, point, keepCurrent: async () => {} };
        },
      },
    ),
    seedsMax: 100,
    why: 'the new pair is kept as the previous one, and the pair that it replaces is removed',
  },
];
