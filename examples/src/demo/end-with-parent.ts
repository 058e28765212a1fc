// Preloaded by `node --import`. Ends the process when its parent is gone, as a signal does. The parent's own signals are not
// enough: SIGKILL does not reach child processes, and the shell that `npm start` runs forwards no signals.
import { readFileSync } from 'node:fs'

const parents = parentsNow()
const look = setInterval(() => {
  if (parentsNow() === parents) return
  clearInterval(look)
  process.kill(process.pid, 'SIGTERM')
}, 200).unref()

/** The parent, and npm above it if the parent is the shell of an npm script: that shell outlives npm. */
function parentsNow(): string {
  return `${process.ppid} ${parentOfShell(process.ppid)}`
}

/** Known on Linux only. */
function parentOfShell(pid: number): string | undefined {
  try {
    return /^\d+ \(sh\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1]
  } catch {
    return undefined
  }
}
