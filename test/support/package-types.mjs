import { readFileSync } from 'node:fs'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'

// Jest cannot load this package, which is an ES module. Prints what is wrong with the types of packed packages.
const packages = process.argv.slice(2).map((tarball) => createPackageFromTarballData(readFileSync(tarball)))
const checks = await Promise.all(packages.map((one) => checkPackage(one)))
const problems = checks.map(({ packageName, types, problems: found }) => [packageName, types === false ? [] : found])
console.log(JSON.stringify(Object.fromEntries(problems)))
