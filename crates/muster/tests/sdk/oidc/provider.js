// An OpenID provider whose keys a test rotates. It prints where it listens, then takes orders at /control:
// POST {"published": ["a", "b"], "signing": "b"} changes its keys; GET says how often they were fetched.

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const RESOURCE = "urn:muster";
const SCOPES = "DeviceManagementServiceConfig.Read.All DeviceManagementServiceConfig.ReadWrite.All";

const keys = Object.fromEntries(
  ["a", "b"].map((kid) => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    return [kid, { ...privateKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" }];
  }),
);

let signing = "a";
let fetched = 0;
let answer;

function publish(origin, published) {
  const provider = new Provider(origin, {
    clients: [
      {
        client_id: "importer",
        client_secret: "a secret of the test",
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      },
    ],
    jwks: { keys: published.map((kid) => keys[kid]) },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        getResourceServerInfo: () => ({
          scope: SCOPES,
          audience: RESOURCE,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "RS256", kid: signing } },
        }),
      },
    },
  });
  answer = provider.callback();
}

const server = createServer(async (request, response) => {
  if (request.url !== "/control") {
    fetched += request.url === "/jwks" ? 1 : 0;
    return answer(request, response);
  }
  if (request.method === "POST") {
    const chunks = await request.toArray();
    const order = JSON.parse(Buffer.concat(chunks).toString());
    signing = order.signing;
    publish(origin(), order.published);
  }
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ fetched }));
});

function origin() {
  return `http://127.0.0.1:${server.address().port}`;
}

server.listen(0, "127.0.0.1", () => {
  publish(origin(), ["a"]);
  console.log(`listening on ${origin()}`);
});
// Whoever started it holds its input open.
process.stdin.on("end", () => process.exit(0)).resume();
