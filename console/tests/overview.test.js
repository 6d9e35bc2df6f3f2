// The overview: numbers that open the list behind them.

import { assert, DEVICES, test } from "./support.js";

test("numbers open the devices behind them, and failures say why", async (person) => {
  const { page, api } = person;
  const devices = await api.createAll(DEVICES, [{ serialNumber: "A" }, { serialNumber: "B" }, { serialNumber: "C" }]);
  await api.post(`${DEVICES}/${devices[0].id}/muster.checkIn`, {});
  await api.post("/beta/deviceManagement/importedWindowsAutopilotDeviceIdentities", { serialNumber: "<b>D</b>", hardwareIdentifier: Buffer.from("OA wrong").toString("base64") });
  await person.signIn("/console/overview");
  await page.getByRole("link", { name: "3 Registered" }).waitFor();
  await page.getByText("802 InvalidZtdHardwareHash").waitFor();
  await page.getByText("1: <b>D</b>").waitFor();
  await page.getByText("The server is ready.").waitFor();
  await person.look("overview");
  await page.getByRole("link", { name: "1 Enrolled" }).click();
  await page.getByText("1 device", { exact: true }).waitFor();
  await page.getByRole("grid").getByRole("link", { name: "A", exact: true }).waitFor();
});

test("the numbers of a configuration open its devices", async (person) => {
  const { page, api } = person;
  const path = "/beta/deviceManagement/hardwareConfigurations";
  const { id } = await api.post(path, { displayName: "Kiosk", fileName: "kiosk.cctk", configurationFileContent: Buffer.from("[cctk]\r\nWakeOnLan=Disabled\r\n").toString("base64") });
  await api.createAll(`${path}/${id}/deviceRunStates`, [{ deviceName: "PC-1", configurationState: "fail" }, { deviceName: "PC-2", configurationState: "success" }, { deviceName: "PC-3", configurationState: "success" }]);
  await person.signIn("/console/overview");
  const row = page.getByRole("row", { name: "Kiosk 2 0 1 0" });
  await row.getByRole("link", { name: "1", exact: true }).click();
  await person.heading("Kiosk").waitFor();
  await page.getByRole("grid", { name: "Devices" }).getByText("PC-1").waitFor();
  assert.equal(await page.getByRole("grid", { name: "Devices" }).getByText("PC-2").count(), 0);
});
