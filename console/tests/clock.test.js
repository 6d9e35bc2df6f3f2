// The clock in the corner of a tool's builder: what comes due, and the turn until then.

import { assert, test } from "./support.js";

const IMPORTS = "/beta/deviceManagement/importedWindowsAutopilotDeviceIdentities";

test("the clock says when something comes due, and is turned until then", { config: '[autopilot]\ndelays = "realistic"\n' }, async (person) => {
  const { page, api } = person;
  await person.signIn("/console/dev");
  const clock = page.getByRole("region", { name: "Clock" });
  await clock.getByText("Nothing will come due.").waitFor();
  const { id } = await api.post(IMPORTS, { serialNumber: "SN-1", hardwareIdentifier: Buffer.from("placeholder").toString("base64") });
  await page.reload();
  await clock.getByText(/Something comes due next at/).waitFor();
  await person.look("dev-clock");
  const turned = page.waitForResponse((response) => response.url().endsWith("/_/clock") && response.request().method() === "POST");
  await clock.getByRole("button", { name: "Turn until then" }).click();
  assert.equal((await turned).status(), 200);
  // The answer comes when all that came due is done.
  assert.equal((await api.get(`${IMPORTS}/${id}`)).state.deviceImportStatus, "complete");
});
