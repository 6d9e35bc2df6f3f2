// MSAL and @azure/identity against the dev issuer, with nothing but their documented options.
//
// Takes ORIGIN and the ids and secrets of the seed that the test server was started with.

import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  AuthorizationCodeCredential,
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  DeviceCodeCredential,
  OnBehalfOfCredential,
} from "@azure/identity";
import { ConfidentialClientApplication, CryptoProvider, PublicClientApplication } from "@azure/msal-node";
import { signIn } from "./sign_in_page.js";

const { ORIGIN, TENANT, DAEMON, TOOL, SECRET, CERTIFICATE, ASSERTION } = process.env;
const USER = "bob@contoso.example";
const DEFAULT = ["https://graph.microsoft.com/.default"];
const SCOPES = ["https://graph.microsoft.com/DeviceManagementServiceConfig.ReadWrite.All"];
const API = [`api://${DAEMON}/access_as_user`];
const NATIVE = "http://localhost:51234";
const AZURE = { authorityHost: ORIGIN, disableInstanceDiscovery: true };
const common = { authority: `${ORIGIN}/${TENANT}`, knownAuthorities: [new URL(ORIGIN).host] };

const holds = async (token) => {
  const url = `${ORIGIN}/beta/deviceManagement/windowsAutopilotDeviceIdentities`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(answer.status, 200, await answer.text());
};

const daemon = (proof) => new ConfidentialClientApplication({ auth: { clientId: DAEMON, ...common, ...proof } });

const codeOf = (location) => new URL(location).searchParams.get("code");

/** Signs a user in by a code with PKCE. */
const byCode = async (app, scopes) => {
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
  const request = { scopes, redirectUri: NATIVE };
  const url = await app.getAuthCodeUrl({ ...request, codeChallenge: challenge, codeChallengeMethod: "S256" });
  const code = codeOf(await signIn(url, USER));
  return app.acquireTokenByCode({ ...request, code, codeVerifier: verifier });
};

test("MSAL for itself", async () => {
  const pem = readFileSync(CERTIFICATE, "utf8");
  const thumbprintSha256 = createHash("sha256").update(new X509Certificate(pem).raw).digest("hex");
  const privateKey = pem.split("-----BEGIN CERTIFICATE-----")[0];
  const proofs = [
    { clientSecret: SECRET },
    { clientCertificate: { thumbprintSha256, privateKey } },
    { clientAssertion: async () => ASSERTION },
  ];
  for (const proof of proofs) {
    await holds((await daemon(proof).acquireTokenByClientCredential({ scopes: DEFAULT })).accessToken);
  }
  await assert.rejects(
    daemon({ clientSecret: "wrong" }).acquireTokenByClientCredential({ scopes: DEFAULT }),
    /AADSTS7000215|7000215/,
  );
});

test("MSAL for a user", async () => {
  const app = new PublicClientApplication({ auth: { clientId: TOOL, ...common } });
  const result = await byCode(app, SCOPES);
  assert.equal(result.account.username, USER);
  await holds(result.accessToken);
  const silent = await app.acquireTokenSilent({ scopes: SCOPES, account: result.account });
  assert.equal(silent.accessToken, result.accessToken);
  const renewed = await app.acquireTokenSilent({ scopes: SCOPES, account: result.account, forceRefresh: true });
  assert.notEqual(renewed.accessToken, result.accessToken);
  await holds(renewed.accessToken);
  const interactive = await app.acquireTokenInteractive({
    scopes: SCOPES,
    openBrowser: (url) => void signIn(url, USER),
  });
  await holds(interactive.accessToken);
  const typed = await app.acquireTokenByDeviceCode({
    scopes: SCOPES,
    deviceCodeCallback: ({ verificationUri, userCode }) => void signIn(verificationUri, USER, { user_code: userCode }),
  });
  await holds(typed.accessToken);
});

test("on behalf of a user", async () => {
  const app = new PublicClientApplication({ auth: { clientId: TOOL, ...common } });
  const { accessToken } = await byCode(app, API);
  const request = { oboAssertion: accessToken, scopes: SCOPES };
  await holds((await daemon({ clientSecret: SECRET }).acquireTokenOnBehalfOf(request)).accessToken);
  const credential = new OnBehalfOfCredential({
    tenantId: TENANT,
    clientId: DAEMON,
    clientSecret: SECRET,
    userAssertionToken: accessToken,
    ...AZURE,
  });
  await holds((await credential.getToken(SCOPES)).token);
});

test("@azure/identity", async () => {
  const query = new URLSearchParams({
    client_id: DAEMON,
    response_type: "code",
    scope: `${SCOPES[0]} openid offline_access`,
    redirect_uri: "http://localhost/web",
  });
  const code = codeOf(await signIn(`${ORIGIN}/${TENANT}/oauth2/v2.0/authorize?${query}`, USER));
  const credentials = [
    [DEFAULT, new ClientSecretCredential(TENANT, DAEMON, SECRET, AZURE)],
    [DEFAULT, new ClientCertificateCredential(TENANT, DAEMON, CERTIFICATE, AZURE)],
    [DEFAULT, new ClientAssertionCredential(TENANT, DAEMON, async () => ASSERTION, AZURE)],
    [SCOPES, new AuthorizationCodeCredential(TENANT, DAEMON, SECRET, code, "http://localhost/web", AZURE)],
    [
      SCOPES,
      new DeviceCodeCredential({
        tenantId: TENANT,
        clientId: TOOL,
        userPromptCallback: ({ verificationUri, userCode }) =>
          void signIn(verificationUri, USER, { user_code: userCode }),
        ...AZURE,
      }),
    ],
  ];
  for (const [scopes, credential] of credentials) {
    await holds((await credential.getToken(scopes)).token);
  }
  const wrong = new ClientSecretCredential(TENANT, DAEMON, "wrong", AZURE);
  await assert.rejects(wrong.getToken(DEFAULT), /7000215/);
});
