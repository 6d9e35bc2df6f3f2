// A real OpenID provider that people sign in at, as an organization has one: a page that asks who they are, a session of its own,
// tokens in the form of Entra's. `cargo xtask test` installs it.

import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:http";

const LIBRARY = new URL("../../crates/muster/tests/sdk/oidc/node_modules/oidc-provider/lib/index.js", import.meta.url);
const AUDIENCE = "urn:muster";
const SCOPE = `${AUDIENCE}/.default`;
const CLIENT = "console";

export const hasProvider = existsSync(LIBRARY);

/** Starts it for these people: by the name that they sign in with, the tenant and the permissions that their tokens have. */
export async function startProvider(people) {
  const { Provider } = await import(LIBRARY);
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = { ...privateKey.export({ format: "jwk" }), kid: "a", use: "sig", alg: "RS256" };
  const granted = new Set();
  let provider;
  const http = createServer((request, response) => (request.url.startsWith("/interaction/") ? ask(request, response) : provider.callback()(request, response)));
  http.listen(0, "127.0.0.1");
  http.unref();
  await once(http, "listening");
  const origin = `http://127.0.0.1:${http.address().port}`;

  async function ask(request, response) {
    if (request.method === "GET") {
      response.setHeader("content-type", "text/html");
      return response.end(
        '<!doctype html><html lang="en"><title>Contoso</title><h1>Who are you?</h1><form method="post"><label>Name <input name="name"></label><button name="is" value="in">Sign in</button><button name="is" value="no">Refuse</button></form>',
      );
    }
    const form = new URLSearchParams(Buffer.concat(await request.toArray()).toString());
    const refused = { error: "access_denied", error_description: "Contoso does not let you in" };
    return provider.interactionFinished(request, response, form.get("is") === "in" ? { login: { accountId: form.get("name") } } : refused);
  }

  /** Knows the console of the server at this origin. */
  function register(server) {
    provider = new Provider(origin, {
      clients: [
        {
          client_id: CLIENT,
          token_endpoint_auth_method: "none",
          grant_types: ["authorization_code", "refresh_token"],
          response_types: ["code"],
          redirect_uris: [`${server}/console/signed-in`],
          post_logout_redirect_uris: [`${server}/console`],
        },
      ],
      clientBasedCORS: (_, asking) => asking === server,
      cookies: { keys: ["a key of the test"] },
      extraTokenClaims: (_, { accountId }) => ({ tid: people[accountId].tenant, oid: accountId, upn: `${accountId}@contoso.example`, azp: CLIENT, scp: people[accountId].permissions.join(" ") }),
      findAccount: (_, accountId) => people[accountId] && { accountId, claims: () => ({ sub: accountId }) },
      interactions: { url: (_, { uid }) => `/interaction/${uid}` },
      issueRefreshToken: () => true,
      jwks: { keys: [key] },
      loadExistingGrant: async ({ oidc }) => {
        const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
        grant.addOIDCScope("openid profile offline_access");
        grant.addResourceScope(AUDIENCE, SCOPE);
        granted.add(await grant.save());
        return grant;
      },
      features: {
        devInteractions: { enabled: false },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => AUDIENCE,
          useGrantedResource: () => true,
          getResourceServerInfo: () => ({ scope: SCOPE, audience: AUDIENCE, accessTokenTTL: 3_600, accessTokenFormat: "jwt", jwt: { sign: { alg: "RS256" } } }),
        },
        rpInitiatedLogout: {
          logoutSource: (context, form) => (context.body = `<!doctype html><title>Contoso</title>${form}<button form="op.logoutForm" name="logout" value="yes">Sign out</button>`),
        },
      },
      ttl: { AccessToken: 3_600, AuthorizationCode: 60, Session: 3_600, Grant: 3_600, Interaction: 600, IdToken: 3_600, RefreshToken: 86_400 },
    });
  }

  // Whose console it is shows when its server listens, which asks for keys before.
  register("https://console.invalid");
  return {
    origin,
    register,
    /** The table of a configuration that takes its tokens for these tenants. */
    table: (tenants) =>
      `[[issuers]]\nissuer = "${origin}"\ndiscovery = "${origin}/.well-known/openid-configuration"\naudiences = ["${AUDIENCE}"]\ntenants = ${JSON.stringify(tenants)}\n` +
      `[issuers.console]\nclient_id = "${CLIENT}"\nscopes = ["${SCOPE}"]\nname = "Contoso"\n`,
    /** Takes back every refresh token that it has given. */
    revoke: () => Promise.all([...granted].map((grant) => provider.RefreshToken.revokeByGrantId(grant))),
    stop: () => {
      http.closeAllConnections();
      http.close();
    },
  };
}
