import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'

/** A shell waits for the end of its input, which comes when this process no longer holds the other end of the pipe. */
const script = 'read -r nothing; kill -9 "$0"'

/** Kills a child at the end of this process, also if that is killed itself and cannot do anything. */
export function endWithThisProcess(child: ChildProcess): void {
  const watcher = spawn('sh', ['-c', script, String(child.pid)], { stdio: ['pipe', 'ignore', 'ignore'] })
  child.once('exit', () => watcher.kill('SIGKILL'))
  watcher.unref()
  ;(watcher.stdin as Socket).unref()
}
