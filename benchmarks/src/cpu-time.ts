/** The processor's time that this process has used, in milliseconds. Other programs on the machine hardly change it. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
