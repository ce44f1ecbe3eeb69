import { nodeFiles } from '../../base/files.ts';
import { nodeTransientFiles } from '../../base/transient-files.ts';
import { worldFiles, worldTransientFiles } from '../simulation/world/file-system.ts';
import { WorldFiles } from '../simulation/world/files.ts';
import { folders } from '../support/pki-folder.ts';
import { filesContract, transientFilesContract } from './files.suite.ts';

const folder = folders();

filesContract("the machine's own", async () => ({ files: nodeFiles, folder: await folder() }));
filesContract("the simulated world's", async () => {
  const medium = new WorldFiles();
  medium.makeFolder('folder');
  return { files: worldFiles(medium), folder: 'folder' };
});

transientFilesContract("the machine's own", async () => {
  return { files: nodeTransientFiles, folder: await folder() };
});
transientFilesContract("the simulated world's", async () => {
  return { files: worldTransientFiles(new Map()), folder: 'run' };
});
