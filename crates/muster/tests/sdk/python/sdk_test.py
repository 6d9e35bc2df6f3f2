"""The Python SDK against a running server: create, get, list, filter, page, update and delete, for each resource.

Takes what `muster env` prints: GRAPH_BASE_URL, MUSTER_TOKEN (for a person), SSL_CERT_FILE. Exits 0 if all went well.
"""

import asyncio
import os
import sys
import time

import requests
from azure.core.credentials import AccessToken
from azure.identity import DeviceCodeCredential
from kiota_abstractions.api_error import APIError
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from msgraph_beta import GraphRequestAdapter, GraphServiceClient
from msgraph_beta.generated.device_management.hardware_configurations.item.assign.assign_post_request_body import (
    AssignPostRequestBody,
)
from msgraph_beta.generated.device_management.imported_windows_autopilot_device_identities.import_.import_post_request_body import (
    ImportPostRequestBody,
)
from msgraph_beta.generated.device_management.windows_autopilot_device_identities.item.update_device_properties.update_device_properties_post_request_body import (
    UpdateDevicePropertiesPostRequestBody,
)
from msgraph_beta.generated.models.group_assignment_target import GroupAssignmentTarget
from msgraph_beta.generated.models.hardware_configuration import HardwareConfiguration
from msgraph_beta.generated.models.hardware_configuration_assignment import (
    HardwareConfigurationAssignment,
)
from msgraph_beta.generated.models.hardware_configuration_format import HardwareConfigurationFormat
from msgraph_beta.generated.models.hardware_password_info import HardwarePasswordInfo
from msgraph_beta.generated.models.imported_windows_autopilot_device_identity import (
    ImportedWindowsAutopilotDeviceIdentity,
)
from msgraph_beta.generated.models.windows_autopilot_device_identity import (
    WindowsAutopilotDeviceIdentity,
)
from msgraph_core.tasks.page_iterator import PageIterator


class Token:
    """A credential that has its token already."""

    def get_token(self, *_scopes, **_options):
        return AccessToken(os.environ["MUSTER_TOKEN"], int(time.time()) + 3600)


def client():
    adapter = GraphRequestAdapter(AzureIdentityAuthenticationProvider(Token()))
    adapter.base_url = os.environ["GRAPH_BASE_URL"] + "/beta"
    return adapter, GraphServiceClient(request_adapter=adapter).device_management


async def page_through(adapter, builder, expected, prefix="P-"):
    """Lists with a filter, on pages of two, with a count."""
    # The builder names the type of its own query parameters.
    parameters = type(builder).__dict__[type(builder).__name__ + "GetQueryParameters"]
    query = parameters(top=2, count=True, filter=f"startswith(serialNumber,'{prefix}')", orderby=["serialNumber"])
    page = await builder.get(RequestConfiguration(query_parameters=query))
    assert page.odata_count == expected, page.odata_count
    assert len(page.value) == min(2, expected) and (expected <= 2) == (page.odata_next_link is None)
    seen = []
    await PageIterator(page, adapter).iterate(lambda item: seen.append(item.serial_number) or True)
    assert seen == [f"{prefix}{at}" for at in range(expected)], seen
    assert await builder.count.get() >= expected


async def ended(item):
    """What an import comes to, a moment later."""
    for _ in range(400):
        status = (await item.get()).state.device_import_status.value
        if status != "unknown":
            return status
        await asyncio.sleep(0.05)
    raise AssertionError("the import does not end")


async def is_gone(item):
    try:
        await item.get()
    except APIError as error:
        assert error.response_status_code == 404, error
        assert error.error.code == "ResourceNotFound" and error.error.inner_error.request_id, error
        return
    raise AssertionError("it is still there")


async def hardware_password_info(adapter, management):
    builder, made = management.hardware_password_info, []
    for at in range(5):
        # The SDK does not send what its model calls read-only, unless it is additional data.
        extra = {"currentPassword": f"secret {at}", "previousPasswords": ["older"]}
        made.append(await builder.post(HardwarePasswordInfo(serial_number=f"P-{at}", additional_data=extra)))
    assert made[0].current_password == "secret 0" and made[0].previous_passwords == ["older"]
    item = builder.by_hardware_password_info_id(made[3].id)
    assert (await item.get()).current_password == "secret 3"
    await page_through(adapter, builder, 5)
    changed = await item.patch(HardwarePasswordInfo(serial_number="Q", additional_data={"currentPassword": "new"}))
    assert (changed.serial_number, changed.current_password) == ("Q", "new")
    await item.delete()
    await is_gone(item)


async def imported_identities(adapter, management):
    builder, made = management.imported_windows_autopilot_device_identities, []
    for at in range(3):
        identity = ImportedWindowsAutopilotDeviceIdentity(serial_number=f"I-{at}", hardware_identifier=b"aGFzaA==")
        made.append(await builder.post(identity))
    item = builder.by_imported_windows_autopilot_device_identity_id(made[0].id)
    assert await ended(item) == "complete"
    await page_through(adapter, builder, 3, "I-")
    body = ImportPostRequestBody(imported_windows_autopilot_device_identities=[
        ImportedWindowsAutopilotDeviceIdentity(serial_number="I", import_id="ours", hardware_identifier=b"aGFzaA=="),
    ])
    answer = await builder.import_.post(body)
    assert [record.import_id for record in answer.value] == ["ours"]
    changed = await item.patch(ImportedWindowsAutopilotDeviceIdentity(group_tag="G"))
    assert (changed.group_tag, changed.serial_number) == ("G", "I-0")
    await item.delete()
    await is_gone(item)


async def device_identities(adapter, management):
    builder, made = management.windows_autopilot_device_identities, []
    for at in range(3):
        made.append(await builder.post(WindowsAutopilotDeviceIdentity(serial_number=f"P-{at}", group_tag="G")))
    item = builder.by_windows_autopilot_device_identity_id(made[1].id)
    device = await item.get()
    assert device.last_contacted_date_time.year == 1 and device.user_principal_name is None
    await page_through(adapter, builder, 3)
    body = UpdateDevicePropertiesPostRequestBody(group_tag="H")
    await item.update_device_properties.post(body)
    await item.unassign_user_from_device.post()
    changed = await item.patch(WindowsAutopilotDeviceIdentity(display_name="PC-1"))
    assert (changed.display_name, changed.group_tag) == ("PC-1", "H")
    await item.delete()
    await is_gone(item)


async def hardware_configurations(_adapter, management):
    builder = management.hardware_configurations
    made = await builder.post(HardwareConfiguration(
        display_name="C", file_name="c.cctk", configuration_file_content=b"Y29udGVudA==",
        hardware_configuration_format=HardwareConfigurationFormat.Dell, per_device_password_disabled=False,
    ))
    assert made.version == 1 and made.created_date_time.tzinfo is not None
    item = builder.by_hardware_configuration_id(made.id)
    changed = await item.patch(HardwareConfiguration(file_name="d.cctk", version=9))
    assert (changed.version, changed.display_name) == (2, "C")
    target = GroupAssignmentTarget(odata_type="#microsoft.graph.groupAssignmentTarget", group_id="g")
    body = AssignPostRequestBody(hardware_configuration_assignments=[HardwareConfigurationAssignment(target=target)])
    answer = await item.assign.post(body)
    assert [assignment.target.group_id for assignment in answer.value] == ["g"]
    listed = await builder.get()
    assert [configuration.id for configuration in listed.value] == [made.id]
    await item.delete()
    await is_gone(item)


def device_code():
    """Signs in as scripts do that people start."""
    shown = []
    credential = DeviceCodeCredential(
        client_id="cid", tenant_id="common", authority=os.environ["GRAPH_BASE_URL"], disable_instance_discovery=True,
        prompt_callback=lambda *prompt: shown.append(prompt),
    )
    record = credential.authenticate(scopes=["https://graph.microsoft.com/.default"])
    assert record.username == "admin@muster.invalid" and len(shown) == 1, (record.username, shown)
    token = credential.get_token("https://graph.microsoft.com/.default").token
    url = os.environ["GRAPH_BASE_URL"] + "/beta/deviceManagement/windowsAutopilotDeviceIdentities"
    assert requests.get(url, headers={"Authorization": f"Bearer {token}"}).status_code == 200


async def main():
    device_code()
    print("device_code: well")
    adapter, management = client()
    for resource in (hardware_password_info, imported_identities, device_identities, hardware_configurations):
        await resource(adapter, management)
        print(f"{resource.__name__}: well")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
