// The overview: numbers that open the list behind them.

import { DEVICES, test } from "./support.js";

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
