void require('./ask.cjs')({
  core: require('@bearerkit/core'),
  createTestIssuer: require('@bearerkit/testing').createTestIssuer,
  express: require('express'),
  requireBearerAuth: require('@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js').requireBearerAuth,
})
