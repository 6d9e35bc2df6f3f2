// Groups: a rule is checked while it is written, and shows whom it selects.

import { assert, DEVICES, test } from "./support.js";

test("a rule shows its mistake at its position, then whom it selects, and becomes a group", async (person) => {
  const { page, api } = person;
  await api.createAll(DEVICES, [
    { serialNumber: "K-1", groupTag: "Kiosk" },
    { serialNumber: "K-2", groupTag: "Kiosk" },
    { serialNumber: "O-1", groupTag: "Office" },
  ]);
  await person.signIn("/console/groups");
  await page.getByRole("heading", { name: "There are no groups yet" }).waitFor();
  await person.button("New group").click();
  await page.getByLabel("Name").fill("<b>Kiosks</b>");
  const rule = page.getByLabel("Membership rule");
  await rule.fill('(device.devicePhysicalId -any (_ -eq "[OrderID]:Kiosk"))');
  await page.getByText(/at character 2\)/).waitFor();
  assert.equal(await page.locator("mark").textContent(), "device.devicePhysicalId");
  await person.look("group-mistake");
  await rule.fill('(device.devicePhysicalIds -any (_ -eq "[OrderID]:Kiosk"))');
  const selected = page.getByRole("status", { name: "Whom the rule selects" });
  await selected.getByText("2 devices").waitFor();
  await selected.getByText("K-2").waitFor();
  await person.button("Save").click();
  await person.heading("<b>Kiosks</b>").waitFor();
  const members = page.getByRole("region", { name: "Members now" });
  await members.getByText("2 devices").waitFor();
  await person.look("group");
  await api.createAll(DEVICES, [{ serialNumber: "K-3", groupTag: "Kiosk" }]);
  await page.getByRole("link", { name: "Groups", exact: true }).click();
  await page.getByRole("grid").getByRole("link", { name: "<b>Kiosks</b>" }).click();
  await person.button("Delete group").click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete group" }).click();
  await page.getByRole("heading", { name: "There are no groups yet" }).waitFor();
});
