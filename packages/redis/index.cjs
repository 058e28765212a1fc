// The ES modules for CommonJS: the same module instances as `import` gives, so there is one state.
module.exports = require('./dist/index.js')
