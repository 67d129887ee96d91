/** The letters in the numbers of ioctls, which tell what kind of file they are made on. */
import { FILE_LETTERS, type FileKind } from '../../schemas/index.ts';

export const DRM_LETTER = 'd'.charCodeAt(0);
/** The letters of the ioctls of files that a node hands out. */
export const FILES: Readonly<Record<number, FileKind>> = {
  [FILE_LETTERS['dma-buf']]: 'dma-buf',
  [FILE_LETTERS['sync-file']]: 'sync-file',
};
