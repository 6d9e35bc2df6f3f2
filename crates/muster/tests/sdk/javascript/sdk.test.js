// The JavaScript Graph client against a running server: create, get, list, filter, page, update and delete, for each
// resource. Takes what `muster env` prints: GRAPH_BASE_URL, MUSTER_TOKEN (for a person), NODE_EXTRA_CA_CERTS.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, GraphError, PageIterator } from "@microsoft/microsoft-graph-client";

const base = process.env.GRAPH_BASE_URL;
const client = Client.initWithMiddleware({
  baseUrl: `${base}/`,
  defaultVersion: "beta",
  // Hosts without port: only these, and only over TLS, are sent the token.
  customHosts: new Set([new URL(base).hostname]),
  authProvider: { getAccessToken: async () => process.env.MUSTER_TOKEN },
});
const api = (path) => client.api(`/deviceManagement/${path}`);

async function isGone(path) {
  await assert.rejects(api(path).get(), (error) => {
    assert.ok(error instanceof GraphError, error);
    assert.deepEqual([error.statusCode, error.code], [404, "ResourceNotFound"]);
    assert.match(error.requestId, /^[0-9a-f-]{36}$/);
    return true;
  });
}

/** Creates three, looks at one, lists them all on pages of two, changes one, deletes one. */
function resource(set, { body, name, change, changed, prefix = "J-" }) {
  test(set, async () => {
    const made = [];
    for (const at of [0, 1, 2]) made.push(await api(set).post({ ...body, [name]: `${prefix}${at}` }));
    const path = `${set}/${made[1].id}`;
    assert.equal((await api(path).get())[name], `${prefix}1`);

    const filter = `startswith(${name},'${prefix}') and ${name} ne 'O''Brien'`;
    const page = await api(set).filter(filter).orderby(name).top(2).count(true).select(["id", name]).get();
    assert.equal(page["@odata.count"], 3);
    assert.equal(page.value.length, 2);
    const seen = [];
    await new PageIterator(client, page, (item) => Boolean(seen.push(item[name]))).iterate();
    assert.deepEqual(seen, [0, 1, 2].map((at) => `${prefix}${at}`));

    const answer = await api(path).header("Prefer", "return=representation").patch(change);
    assert.deepEqual({ ...answer, ...changed }, answer);
    await api(path).delete();
    await isGone(path);
  });
}

resource("hardwarePasswordInfo", {
  body: { currentPassword: "secret", previousPasswords: ["older"] },
  name: "serialNumber",
  change: { currentPassword: "new" },
  changed: { currentPassword: "new", serialNumber: "J-1" },
});

resource("importedWindowsAutopilotDeviceIdentities", {
  body: { hardwareIdentifier: "aGFzaA==", productKey: "" },
  // What is imported becomes a device, which the next must not count.
  prefix: "I-",
  name: "serialNumber",
  change: { groupTag: "G" },
  changed: { groupTag: "G", hardwareIdentifier: "aGFzaA==" },
});

resource("windowsAutopilotDeviceIdentities", {
  body: { groupTag: "G" },
  name: "serialNumber",
  change: { displayName: "PC-1" },
  changed: { displayName: "PC-1", groupTag: "G", lastContactedDateTime: "0001-01-01T00:00:00Z" },
});

resource("hardwareConfigurations", {
  body: { fileName: "c.cctk", configurationFileContent: "Y29udGVudA==", perDevicePasswordDisabled: false },
  name: "displayName",
  change: { fileName: "d.cctk", version: 9 },
  changed: { version: 2, displayName: "J-1" },
});

test("an action without a body", async () => {
  const device = await api("windowsAutopilotDeviceIdentities").post({ serialNumber: "A" });
  await api(`windowsAutopilotDeviceIdentities/${device.id}/unassignUserFromDevice`).post();
});
