import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { source } from '../../../../support/bundle.ts'
import { Program } from '../../../../support/program.ts'
import type { Mutation } from './mutations.ts'
import type { SimulationOptions } from '../simulation.ts'

const core = join(source, '..')

/** Returns the file with the change. @throws Error if the place of the change is not in the file, or is not the only one */
export async function mutated({ file, find, replace }: Mutation): Promise<string> {
  const [before, after, ...others] = (await readFile(join(source, file), 'utf8')).split(find)
  if (before === undefined || after === undefined || others.length > 0)
    throw new Error(`${file} must contain once: ${find}`)
  return before + replace + after
}

/** A copy of core, in which one mutation at a time can be tried. */
export class MutatedSources {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async copy(): Promise<MutatedSources> {
    const folder = await mkdtemp(join(tmpdir(), 'bearerkit-mutations-'))
    const copy = join(folder, 'core')
    await mkdir(copy)
    for (const part of ['src', 'test', 'package.json'])
      await cp(join(core, part), join(copy, part), { recursive: true })
    await symlink(join(core, 'node_modules'), join(copy, 'node_modules'))
    await symlink(join(core, '../../node_modules'), join(folder, 'node_modules'))
    return new MutatedSources(folder)
  }

  /** Runs the simulation on mutated sources. Returns what it says. */
  async simulate(mutation: Mutation, options: SimulationOptions): Promise<string> {
    const path = join(this.#folder, 'core/src', mutation.file)
    const original = await readFile(path)
    await writeFile(path, await mutated(mutation))
    const program = await Program.from(this.#simulation)
    await writeFile(path, original)
    try {
      const run = program.start(JSON.stringify(options))
      await run.ended()
      return run.lines.join('\n')
    } finally {
      await program.close()
    }
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true })
  }

  get #simulation(): string {
    return `
import { simulate } from ${JSON.stringify(join(this.#folder, 'core/test/keys/stored/simulation/simulation.ts'))}

simulate(JSON.parse(process.argv[2])).then(
  () => console.log('no rule was broken'),
  (error) => console.log(error.message),
)
`
  }
}
