import { accessSync, constants } from 'node:fs'
import { tmpdir } from 'node:os'

/** Where tests put the small folders of stores: in memory if the platform has such a file system, because disks are slow. */
export const quickTemporary: string = isWritable('/dev/shm') ? '/dev/shm' : tmpdir()

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
