/** Makes something while the variables are set. */
export function withEnvironment<T>(variables: Readonly<Record<string, string>>, make: () => T): T {
  const before = { ...process.env }
  Object.assign(process.env, variables)
  try {
    return make()
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name]
    Object.assign(process.env, before)
  }
}
