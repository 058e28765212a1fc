import { join } from 'node:path'
import { Program } from '../packages/core/test/support/program.ts'
import { eventually } from '../packages/redis/test/setting.ts'
import { answersPing, redisPatience, RedisServer } from './support/redis-server.ts'

const starting = `
import { RedisServer } from ${JSON.stringify(join(__dirname, 'support/redis-server.ts'))}

void RedisServer.start().then(({ port }) => console.log(port))
setInterval(() => undefined, 1000)
`

test(
  'a Redis server of the tests ends with the process that started it, also if that is killed',
  async () => {
    // It may have to be installed.
    await (await RedisServer.start()).close()
    const program = await Program.from(starting)
    const running = program.start()
    await running.firstLine()
    const port = Number(running.lines[0])
    expect(await answersPing(port)).toBe(true)
    running.child.kill('SIGKILL')
    await running.ended()
    await eventually(async () => !(await answersPing(port)))
    await program.close()
  },
  redisPatience,
)
