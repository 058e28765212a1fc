// Preloaded by `node --import`. Ends the process when its parent is gone. Signals are not enough: SIGKILL does not reach
// child processes, and the shell that `npm start` runs forwards no signals.
const parent = process.ppid
setInterval(() => {
  if (process.ppid !== parent) process.exit()
}, 200).unref()
