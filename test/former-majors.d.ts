// Former major versions are installed under separate names. The tests use only what they share with the current version.
declare module 'express4' {
  export { default } from 'express'
}
declare module 'koa2' {
  export { default } from 'koa'
}
