"""MSAL and azure-identity against the dev issuer, with nothing but their documented options.

Takes ORIGIN and the ids and secrets of the seed that the test server was started with. Exits 0 if all went well.
"""

import os
import threading
import webbrowser
from urllib.parse import parse_qs, urlparse

import msal
import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    AuthorizationCodeCredential,
    CertificateCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    DeviceCodeCredential,
    InteractiveBrowserCredential,
    OnBehalfOfCredential,
)

from sign_in_page import follow, sign_in

ORIGIN, TENANT = os.environ["ORIGIN"], os.environ["TENANT"]
DAEMON, TOOL, SECRET = os.environ["DAEMON"], os.environ["TOOL"], os.environ["SECRET"]
CERTIFICATE, ASSERTION = os.environ["CERTIFICATE"], os.environ["ASSERTION"]
USER = "bob@contoso.example"
DEFAULT = ["https://graph.microsoft.com/.default"]
SCOPES = ["https://graph.microsoft.com/DeviceManagementServiceConfig.ReadWrite.All"]
API = [f"api://{DAEMON}/access_as_user"]

MSAL = {"authority": f"{ORIGIN}/{TENANT}", "instance_discovery": False}
AZURE = {"authority": ORIGIN, "disable_instance_discovery": True}


def holds(token):
    """The token opens Graph."""
    answer = requests.get(
        f"{ORIGIN}/beta/deviceManagement/windowsAutopilotDeviceIdentities",
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text


def granted(result):
    assert "access_token" in result, result
    holds(result["access_token"])
    return result


def refused(result, number):
    assert result.get("error_codes") == [number], result
    assert f"AADSTS{number}" in result["error_description"], result


def msal_for_itself():
    with open(CERTIFICATE) as file:
        pem = file.read()
    key, certificate = pem.split("-----BEGIN CERTIFICATE-----")
    certificate = "-----BEGIN CERTIFICATE-----" + certificate
    credentials = [
        SECRET,
        {"private_key": key, "public_certificate": certificate},
        {"client_assertion": lambda: ASSERTION},
    ]
    for credential in credentials:
        app = msal.ConfidentialClientApplication(DAEMON, client_credential=credential, **MSAL)
        granted(app.acquire_token_for_client(DEFAULT))
    app = msal.ConfidentialClientApplication(DAEMON, client_credential="wrong", **MSAL)
    refused(app.acquire_token_for_client(DEFAULT), 7000215)
    app = msal.ConfidentialClientApplication(DAEMON, client_credential=SECRET, **MSAL)
    refused(app.acquire_token_for_client(["https://vault.azure.net/x.read"]), 1002012)


def msal_for_a_user():
    app = msal.PublicClientApplication(TOOL, **MSAL)
    flow = app.initiate_auth_code_flow(SCOPES, redirect_uri="http://localhost:51234")
    back = sign_in(flow["auth_uri"], USER)
    query = {name: values[0] for name, values in parse_qs(urlparse(back.headers["Location"]).query).items()}
    result = granted(app.acquire_token_by_auth_code_flow(flow, query))
    assert result["id_token_claims"]["preferred_username"] == USER, result
    account = app.get_accounts()[0]
    assert app.acquire_token_silent(SCOPES, account)["access_token"] == result["access_token"]
    renewed = granted(app.acquire_token_silent(SCOPES, account, force_refresh=True))
    assert renewed["access_token"] != result["access_token"]
    refused(app.acquire_token_by_auth_code_flow(flow, query), 54005)

    flow = app.initiate_device_flow(SCOPES)
    page = sign_in(flow["verification_uri"], USER, user_code=flow["user_code"])
    assert "You have signed in" in page.text, page.text
    granted(app.acquire_token_by_device_flow(flow))


def user_token_for_the_api():
    app = msal.PublicClientApplication(TOOL, **MSAL)
    flow = app.initiate_auth_code_flow(API, redirect_uri="http://localhost:51234")
    back = sign_in(flow["auth_uri"], USER)
    query = {name: values[0] for name, values in parse_qs(urlparse(back.headers["Location"]).query).items()}
    return app.acquire_token_by_auth_code_flow(flow, query)["access_token"]


def on_behalf_of():
    assertion = user_token_for_the_api()
    app = msal.ConfidentialClientApplication(DAEMON, client_credential=SECRET, **MSAL)
    granted(app.acquire_token_on_behalf_of(assertion, SCOPES))
    credential = OnBehalfOfCredential(TENANT, DAEMON, client_secret=SECRET, user_assertion=assertion, **AZURE)
    holds(credential.get_token(*SCOPES).token)


class Browser(webbrowser.BaseBrowser):
    """A browser whose person signs in at once."""

    def open(self, url, *_):
        threading.Thread(target=lambda: follow(sign_in(url, USER))).start()
        return True


def azure_identity():
    def type_code(uri, code, _expires):
        sign_in(uri, USER, user_code=code)

    webbrowser.register("person", None, Browser(), preferred=True)
    back = sign_in(
        f"{ORIGIN}/{TENANT}/oauth2/v2.0/authorize?client_id={DAEMON}&response_type=code&scope={SCOPES[0]}"
        "&redirect_uri=http://localhost/web",
        USER,
    )
    code = parse_qs(urlparse(back.headers["Location"]).query)["code"][0]
    credentials = [
        (DEFAULT, ClientSecretCredential(TENANT, DAEMON, SECRET, **AZURE)),
        (DEFAULT, CertificateCredential(TENANT, DAEMON, CERTIFICATE, **AZURE)),
        (DEFAULT, ClientAssertionCredential(TENANT, DAEMON, lambda: ASSERTION, **AZURE)),
        (SCOPES, DeviceCodeCredential(TOOL, tenant_id=TENANT, prompt_callback=type_code, **AZURE)),
        (SCOPES, InteractiveBrowserCredential(tenant_id=TENANT, client_id=TOOL, timeout=20, **AZURE)),
        (
            SCOPES,
            AuthorizationCodeCredential(TENANT, DAEMON, code, "http://localhost/web", client_secret=SECRET, **AZURE),
        ),
    ]
    for scopes, credential in credentials:
        holds(credential.get_token(*scopes).token)
    try:
        ClientSecretCredential(TENANT, DAEMON, "wrong", **AZURE).get_token(*DEFAULT)
    except ClientAuthenticationError as error:
        assert "AADSTS7000215" in error.message, error
    else:
        raise AssertionError("a wrong secret is taken")


msal_for_itself()
msal_for_a_user()
on_behalf_of()
azure_identity()
print("signed in with msal and azure-identity")
