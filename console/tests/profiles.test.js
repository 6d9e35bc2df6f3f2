// Deployment profiles: checked while they are typed, assigned with groups taken in and left out.

import { assert, DEVICES, test } from "./support.js";

const PROFILES = "/beta/deviceManagement/windowsAutopilotDeploymentProfiles";

test("a profile is made, checked while typing, and assigned with include and exclude", async (person) => {
  const { page, api } = person;
  const group = (displayName, tag) =>
    api.post("/beta/groups", { displayName, mailEnabled: false, mailNickname: tag, securityEnabled: true, groupTypes: ["DynamicMembership"], membershipRule: `(device.devicePhysicalIds -any (_ -eq "[OrderID]:${tag}"))`, membershipRuleProcessingState: "On" });
  await group("Kiosks", "Kiosk");
  await group("Labs", "Lab");
  const [device] = await api.createAll(DEVICES, [{ serialNumber: "K-1", groupTag: "Kiosk" }]);
  await person.signIn("/console/profiles");
  await page.getByRole("heading", { name: "There are no deployment profiles yet" }).waitFor();
  await person.button("New profile").click();
  await page.getByLabel("Name", { exact: false }).first().fill("Kiosk profile");
  const template = page.getByLabel("Device name template");
  await template.fill("this is too long-%SERIAL%");
  await page.getByText("Letters, digits and hyphens only.").waitFor();
  await template.fill("KIOSKPC-%SERIAL%");
  await page.getByText(/At most 15 characters/).waitFor();
  await template.fill("KIOSK-%SERIAL%");
  await page.getByText("A device is called KIOSK-5CG1234XY.").waitFor();
  await page.getByLabel("User type").selectOption("Standard user");
  await person.button("Save").click();
  await person.heading("Kiosk profile").waitFor();
  await page.getByLabel("Group", { exact: true }).selectOption("Kiosks");
  await person.button("Assign").click();
  await page.getByText("Devices of the group Kiosks").waitFor();
  await page.getByLabel("Assign to").selectOption("But not to a group");
  await page.getByLabel("Group", { exact: true }).selectOption("Labs");
  await person.button("Assign").click();
  await page.getByText("Not devices of the group Labs").waitFor();
  await person.look("profile");
  const { value } = await api.get(PROFILES);
  assert.equal(value[0].outOfBoxExperienceSetting.userType, "standard");
  const assigned = await api.get(`${DEVICES}/${device.id}/muster.wait(until='assigned',timeoutSeconds=20)`);
  assert.equal(assigned.value, true);
  await person.button("Remove Not devices of the group Labs").click();
  await page.getByText("Not devices of the group Labs").waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Deployment profiles" }).click();
  await page.getByRole("grid").getByRole("link", { name: "Kiosk profile" }).waitFor();
  await person.look("profiles");
});
