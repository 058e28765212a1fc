// Preloaded by `node --import`. Ends the process once the one that started it is gone, however that ended: nobody passes
// SIGKILL on, and the shell under `npm start` passes no signal on.
const parent = process.ppid
setInterval(() => {
  if (process.ppid !== parent) process.exit()
}, 200).unref()
