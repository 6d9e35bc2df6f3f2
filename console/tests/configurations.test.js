// BIOS configurations: uploaded with what the linter finds, compared, followed on devices.

import { assert, test } from "./support.js";

const CONFIGURATIONS = "/beta/deviceManagement/hardwareConfigurations";
const FILE = "[cctk]\nNumLock=Enabled\nSecureBoot=Enabled\n";

test("a file is uploaded with its findings, compared with the next one, and its runs open the devices", async (person) => {
  const { page, api } = person;
  await person.signIn("/console/configurations");
  await page.getByRole("heading", { name: "There are no BIOS configurations yet" }).waitFor();
  await person.button("New configuration").click();
  await page.getByRole("textbox", { name: "Name", exact: false }).first().fill("<i>Kiosk</i>");
  await page.getByLabel("Choose a file").last().setInputFiles({ name: "kiosk.cctk", mimeType: "text/plain", buffer: Buffer.from("[cctk]\nNumLock=Enabled\nNumLock=Disabled\n") });
  await page.getByText("kiosk.cctk").or(page.locator('input[value="kiosk.cctk"]')).first().waitFor();
  await person.button("Save").click();
  await person.heading("<i>Kiosk</i>").waitFor();
  const findings = page.getByRole("status", { name: "What was found in the file" });
  await findings.getByText(/Line 3, /).first().waitFor();
  await page.getByLabel("Content").fill(FILE);
  const comparison = page.getByRole("group", { name: "Compared with the version that is there" });
  await comparison.getByText("Added: SecureBoot=Enabled").waitFor();
  await comparison.getByText("Removed: NumLock=Disabled").waitFor();
  await person.look("configuration-comparison");
  await person.button("Save").click();
  await page.getByRole("heading", { name: "Settings, version 2" }).waitFor();
  const { value } = await api.get(CONFIGURATIONS);
  assert.equal(Buffer.from(value[0].configurationFileContent, "base64").toString(), FILE);
  await api.post(`${CONFIGURATIONS}/${value[0].id}/deviceRunStates`, { deviceName: "PC-1", configurationState: "fail", configurationError: "SecureBoot: <b>refused</b>", configurationOutput: "NumLock: set" });
  await api.post(`${CONFIGURATIONS}/${value[0].id}/deviceRunStates`, { deviceName: "PC-2", configurationState: "success" });
  await page.reload();
  await page.getByRole("button", { name: /^Failed/ }).click();
  const devices = page.getByRole("group", { name: "Devices: Failed" });
  await devices.getByText("SecureBoot: <b>refused</b>").waitFor();
  await devices.getByText("NumLock: set").waitFor();
  await person.look("configuration");
  await page.getByRole("link", { name: "BIOS configurations" }).click();
  await page.getByRole("grid").getByRole("link", { name: "<i>Kiosk</i>" }).waitFor();
  await person.look("configurations");
});
