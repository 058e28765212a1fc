// The former major versions that we support are installed under names of their own; we use what they share with the current.
declare module 'express4' {
  export { default } from 'express'
}
declare module 'koa2' {
  export { default } from 'koa'
}
