import { Octets } from './octets.ts'

export function randomUUID(): string {
  return crypto.randomUUID()
}

export function randomBytes(length: number): Octets {
  return crypto.getRandomValues(new Octets(length))
}
