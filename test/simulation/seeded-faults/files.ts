import { type SeededFault, wrapExports } from '../seams.ts';

/** Seeded faults that only the agent's own files can have. */
export const fileFaults: readonly SeededFault[] = [
  {
    name: 'folder-not-flushed',
    seam: wrapExports<typeof import('../../../base/files.ts')>('base/files.ts', {
      createFiles: (real) => (system, freshId) => {
        const { writeDurable } = real({ ...system, syncFolder: async () => {} }, freshId);
        return { ...real(system, freshId), writeDurable };
      },
    }),
    seedsMax: 60,
    why: 'a power cut, hours later, takes files that were only renamed: a key, or a map',
  },
  {
    name: 'previous-credentials-kept-too-late',
    seam: wrapExports<typeof import('../../../agent/io/credential-files.ts')>(
      'agent/io/credential-files.ts',
      {
        createCredentialFiles: (real) => (parts) => {
          const files = real(parts);
          const point: typeof files.point = async (credentials, name) => {
            await files.point(credentials, name);
            if (credentials === 'current') await files.keepCurrent();
          };
          return { ...files, point, keepCurrent: async () => {} };
        },
      },
    ),
    seedsMax: 100,
    why: 'the new credentials are kept as the previous ones, and those that they replace are removed',
  },
];
