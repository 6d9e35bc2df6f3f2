// A device's page, and changes of one and of many.

import { Api, assert, DEVICES, ORIGIN, test } from "./support.js";

const PROFILES = "/beta/deviceManagement/windowsAutopilotDeploymentProfiles";
const RULE = '(device.devicePhysicalIds -any (_ -eq "[OrderID]:Kiosk"))';

/** A tenant in which devices with the tag Kiosk get a profile. */
async function kiosks(api) {
  const group = await api.post("/beta/groups", { displayName: "Kiosks", mailEnabled: false, mailNickname: "kiosks", securityEnabled: true, groupTypes: ["DynamicMembership"], membershipRule: RULE, membershipRuleProcessingState: "On" });
  const profile = await api.post(PROFILES, { "@odata.type": "#microsoft.graph.azureADWindowsAutopilotDeploymentProfile", displayName: "Kiosk profile" });
  await api.post(`${PROFILES}/${profile.id}/assignments`, { target: { "@odata.type": "#microsoft.graph.groupAssignmentTarget", groupId: group.id } });
}

test("a device says what it is, why it has its profile, and what happened to it", async (person) => {
  const { page, api } = person;
  await kiosks(api);
  const [device] = await api.createAll(DEVICES, [{ serialNumber: "SN-1", groupTag: "Kiosk", model: "OptiPlex 7010" }]);
  await api.post(`${DEVICES}/${device.id}/muster.checkIn`, {});
  await api.post("/beta/deviceManagement/hardwarePasswordInfo", { serialNumber: "SN-1", currentPassword: "correct horse", previousPasswords: [] });
  await person.signIn();
  await page.getByRole("grid").getByRole("link", { name: "SN-1" }).click();
  await person.heading("SN-1").waitFor();
  await page.getByRole("region", { name: "Facts" }).getByText("OptiPlex 7010").waitFor();
  const why = page.getByRole("region", { name: "Why it has this profile" });
  await why.getByText(/The profile "Kiosk profile" is meant for this device/).waitFor();
  await why.getByText(RULE).first().waitFor();
  await page.getByRole("region", { name: "BIOS passwords" }).getByText("1 record").waitFor();
  assert.equal(await page.getByText("correct horse").count(), 0);
  const timeline = page.getByRole("region", { name: "Timeline" }).first();
  await timeline.getByText("Device created").waitFor();
  await timeline.getByText("Device updated").first().waitFor();
  await timeline.getByRole("cell", { name: "admin@muster.invalid" }).first().waitFor();
  await page.getByText("No agent is enrolled on this device.").waitFor();
  await person.look("device");
});

// There is no list of people: the audit knows who has looked at a password. The users are those of a server of its own.
test("the timeline names people and configurations where a name is to be found", { config: "" }, async (person) => {
  const { page, api, tenant, origin, server } = person;
  const [alice, bob] = ["alice", "bob"].map((name) => new Api(tenant, origin, server.token(tenant, `${name}@contoso.example`)));
  const { id: bobsId } = await bob.get("/_/caller");
  const [device] = await api.createAll(DEVICES, [{ serialNumber: "SN-1" }]);
  const [record] = await api.createAll("/beta/deviceManagement/hardwarePasswordDetails", [{ serialNumber: "SN-1", currentPassword: "correct horse" }]);
  await alice.post(`/beta/deviceManagement/hardwarePasswordDetails/${record.id}/muster.reveal`);
  for (const one of [alice, bob]) await one.post(`${DEVICES}/${device.id}/updateDeviceProperties`, { groupTag: `by ${one === alice ? "alice" : "bob"}` });
  const file = Buffer.from("[cctk]\r\nAsset=1\r\n").toString("base64");
  const [base] = await api.createAll("/beta/deviceManagement/hardwareConfigurations", [{ displayName: "Base", fileName: "base.cctk", configurationFileContent: file }]);
  await api.post(`/beta/deviceManagement/hardwareConfigurations/${base.id}/assign`, { hardwareConfigurationAssignments: [{ target: { "@odata.type": "#microsoft.graph.allDevicesAssignmentTarget" } }] });
  for (const state of ["fail", "success"]) await api.post(`${DEVICES}/${device.id}/muster.reportConfiguration`, { configurationId: base.id, version: 1, state });
  await person.signIn(`/console/devices/${device.id}`);
  const timeline = page.getByRole("region", { name: "Timeline" }).first();
  for (const [what, who] of [["Device updated", "alice@contoso.example"], ["Device updated", bobsId], ["Result of a BIOS configuration updated: Base", "admin"], ["Result of a BIOS configuration created: Base", "admin"]]) {
    await timeline.getByRole("row", { name: new RegExp(`${what}.*${who}`) }).waitFor();
  }
  await timeline.scrollIntoViewIfNeeded();
  await person.look("device-timeline");
  await timeline.getByRole("link", { name: "Base" }).first().click();
  await person.heading("Base").waitFor();
});

test("a device is changed after a preview, and deleted", async (person) => {
  const { page, api } = person;
  const [device] = await api.createAll(DEVICES, [{ serialNumber: "SN-1", groupTag: "Office" }]);
  await person.signIn(`/console/devices/${device.id}`);
  await person.heading("SN-1").waitFor();
  await person.button("Set group tag").click();
  await page.getByRole("textbox", { name: "Group tag" }).fill("Kiosk");
  await person.button("Preview").click();
  await page.getByText("1 would change.").waitFor();
  await page.getByRole("cell", { name: "Office" }).waitFor();
  await person.look("device-change");
  await person.button("Change 1 device").click();
  await page.getByRole("region", { name: "Facts" }).getByText("Kiosk").waitFor();
  await person.button("Rename").click();
  await page.getByRole("textbox", { name: "Name" }).fill("x".repeat(600));
  await person.button("Preview").click();
  await page.getByText(/1 are refused/).waitFor();
  await person.button("Cancel").click();
  await person.button("Delete").click();
  await person.button("Preview").click();
  await person.button("Delete 1 device").click();
  await page.getByRole("heading", { name: "No devices are registered yet" }).waitFor();
});

test("many devices are changed from the grid, and the work survives navigation", async (person) => {
  const { page, api } = person;
  await api.createAll(DEVICES, Array.from({ length: 120 }, (_, at) => ({ serialNumber: `S${at}`, groupTag: at < 100 ? "Office" : "Lab" })));
  await person.signIn("/console/devices?tag=Office");
  await page.getByText("100 devices").waitFor();
  await page.getByRole("checkbox", { name: "Select all rows" }).check();
  await page.getByRole("checkbox", { name: "Select S0", exact: true }).uncheck();
  await page.getByRole("toolbar", { name: "99 selected" }).waitFor();
  await person.look("devices-selected");
  await person.button("Rename").click();
  await page.getByRole("textbox", { name: "Name" }).fill("PC-%SERIAL%");
  await person.button("Preview").click();
  await page.getByText("99 would change.").waitFor();
  await page.getByRole("cell", { name: "PC-S42" }).waitFor();
  await person.button("Change 99 devices").click();
  await page.getByRole("link", { name: "Import", exact: true }).click();
  await person.heading("Import devices").waitFor();
  await person.button(/^Work/).click();
  await page.getByText("Done: 99 of 99").waitFor();
  await person.look("work");
  await person.button("Close").click();
  const { value } = await api.get(`${DEVICES}?$filter=startswith(displayName,'PC-S')&$select=id&$top=200`);
  assert.equal(value.length, 99);
});

test("a device that is not there is said so, with what to do", async (person) => {
  await person.signIn("/console/devices/none");
  await person.page.getByRole("alert").getByText(/go back to the list/).waitFor();
  assert.ok(ORIGIN);
});

test("a device gets a resource account, loses it, and is unenrolled", async (person) => {
  const { page, api } = person;
  const [device] = await api.createAll(DEVICES, [{ serialNumber: "HUB-1" }]);
  await api.post(`${DEVICES}/${device.id}/muster.checkIn`, {});
  await person.signIn(`/console/devices/${device.id}`);
  await person.heading("HUB-1").waitFor();
  const choose = async (action) => {
    await person.button("More").click();
    await page.getByRole("menuitem", { name: action }).click();
  };
  const facts = page.getByRole("region", { name: "Facts" });
  const dialog = page.getByRole("dialog");
  await facts.getByText("Enrolled").waitFor();
  await choose("Assign resource account");
  await dialog.getByLabel("Resource account").fill("Board room");
  await dialog.getByLabel("User principal name").fill("board@contoso.example");
  await dialog.getByLabel("Friendly name").fill("The board room");
  await person.look("device-resource-account");
  await person.confirm("Assign");
  await facts.getByText("Board room").waitFor();
  await choose("Take resource account away");
  await person.confirm("Take resource account away");
  await facts.getByText("Board room").waitFor({ state: "detached" });
  await choose("Allow next enrollment");
  await person.confirm("Allow next enrollment");
  await choose("Unenroll");
  await person.confirm("Unenroll");
  await facts.getByText("Enrolled").waitFor({ state: "detached" });
  const { enrollmentState } = await api.get(`${DEVICES}/${device.id}?$select=id,enrollmentState`);
  assert.notEqual(enrollmentState, "enrolled");
});

test("what an action on a device takes is shown to whoever may not", async (person) => {
  const { page, api } = person;
  const [device] = await api.createAll(DEVICES, [{ serialNumber: "HUB-1" }]);
  await page.route("**/_/caller", async (route) => {
    const response = await route.fetch();
    const caller = await response.json();
    await route.fulfill({ response, json: { ...caller, permissions: ["DeviceManagementServiceConfig.Read.All"] } });
  });
  await person.signIn(`/console/devices/${device.id}`);
  await person.heading("HUB-1").waitFor();
  await person.button("More").press("Enter");
  const unenroll = page.getByRole("menuitem", { name: "Unenroll" });
  await unenroll.and(page.locator('[aria-disabled="true"]')).waitFor();
  await unenroll.focus();
  await page.getByRole("tooltip", { name: "Needs the permission DeviceManagementServiceConfig.ReadWrite.All" }).waitFor();
  assert.notEqual(await page.getByRole("menuitem", { name: "Allow next enrollment" }).getAttribute("aria-disabled"), "true");
  await page.keyboard.press("Escape");
  await page.unroute("**/_/caller");
});
