import type { Provider } from './shape.ts'
import { auth0 } from './shapes/auth0.ts'
import { cognito } from './shapes/cognito.ts'
import { entra } from './shapes/entra.ts'
import { firebase } from './shapes/firebase.ts'
import { githubActions } from './shapes/github-actions.ts'
import { googleId } from './shapes/google.ts'
import { keycloak } from './shapes/keycloak.ts'
import { kubernetes } from './shapes/kubernetes.ts'
import { okta } from './shapes/okta.ts'
import { ory } from './shapes/ory.ts'
import { supabase } from './shapes/supabase.ts'
import { zitadel } from './shapes/zitadel.ts'

/** By the name of their page in `docs/providers`. */
export const providers: Readonly<Record<string, Provider>> = {
  auth0,
  cognito,
  entra,
  firebase,
  'github-actions': githubActions,
  google: googleId,
  keycloak,
  kubernetes,
  okta,
  ory,
  supabase,
  zitadel,
}
