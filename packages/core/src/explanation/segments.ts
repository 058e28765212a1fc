import { Buffer } from '../platform.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** Reads a segment of a JWS as far as possible, to describe it. Returns an empty object if it has no JSON object. */
export function jsonIn(segment: string): JsonObject {
  return objectIn(segment) ?? {}
}

/** Returns undefined if the segment has no JSON object. */
export function objectIn(segment: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
  } catch {
    return undefined
  }
}
