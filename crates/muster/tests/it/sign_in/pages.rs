//! The sign-in page, the consent page and the page for device codes, and the codes that come of them

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;

use super::{ALICE, BOB, DAEMON, SECRET, TENANT, TOOL, WRITE, claims, parameter, seeded};

const VERIFIER: &str = "a verifier of at least forty-three characters, as is due";
const NATIVE: &str = "http://localhost:51234";
const SPA: &str = "https://app.contoso.example/";

fn challenge() -> String {
    BASE64URL_NOPAD.encode(digest(&SHA256, VERIFIER.as_bytes()).as_ref())
}

/// The query of a public client for this redirect URI.
fn query<'q>(redirect_uri: &'q str, challenge: &'q str, scope: &'q str) -> Vec<(&'q str, &'q str)> {
    vec![
        ("client_id", TOOL),
        ("response_type", "code"),
        ("redirect_uri", redirect_uri),
        ("scope", scope),
        ("state", "a state & more"),
        ("nonce", "a nonce"),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ]
}

fn redemption<'q>(code: &'q str, redirect_uri: &'q str, verifier: &'q str) -> Vec<(&'q str, &'q str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("client_id", TOOL),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", verifier),
        ("client_info", "1"),
    ]
}

#[test]
fn a_code_is_redeemed_once_by_whom_it_was_given_to() {
    let (seeded, challenge) = (seeded(), challenge());
    let scope = format!("openid profile offline_access {WRITE}");
    let code = seeded.code(&query(NATIVE, &challenge, &scope), BOB);
    let refused = |name: &str, form: &[(&str, &str)], headers: &[(&str, &str)], number: u64| {
        let body: Value = seeded.post("oauth2/v2.0/token", form, headers).json();
        assert_eq!(body["error_codes"][0], number, "{name}: {body}");
    };
    refused("another verifier", &redemption(&code, NATIVE, "x"), &[], 501_481);
    refused("no verifier", &redemption(&code, NATIVE, ""), &[], 900_144);
    refused("another address", &redemption(&code, "http://localhost:1", VERIFIER), &[], 500_112);
    refused(
        "from a page",
        &redemption(&code, NATIVE, VERIFIER),
        &[("Origin", "https://app.contoso.example")],
        9_002_326,
    );
    let mut other = redemption(&code, NATIVE, VERIFIER);
    other[1] = ("client_id", DAEMON);
    refused("another client", &other, &[], 700_005);
    let granted = seeded.token(&redemption(&code, NATIVE, VERIFIER)).is(200).json();
    let identity = claims(&granted["id_token"]);
    assert_eq!((&identity["nonce"], &identity["aud"]), (&"a nonce".into(), &TOOL.into()));
    assert_eq!(identity["iss"], format!("{}/{TENANT}/v2.0", seeded.server.origin()));
    let access = claims(&granted["access_token"]);
    assert_eq!((&access["upn"], &access["scp"], &access["ver"]), (&BOB.into(), &WRITE.into(), &"1.0".into()));
    refused("again", &redemption(&code, NATIVE, VERIFIER), &[], 54005);
    let refresh = granted["refresh_token"].as_str().expect("a refresh token");
    let form = [("grant_type", "refresh_token"), ("client_id", TOOL), ("refresh_token", refresh)];
    let renewed = seeded.token(&form).is(200).json();
    assert_ne!(renewed["refresh_token"], granted["refresh_token"]);
    refused(
        "of another client",
        &[form[0], ("client_id", DAEMON), form[2], ("client_secret", SECRET)],
        &[],
        700_005,
    );
    let missing = [form[0], form[1], form[2], ("scope", "User.Read.All")];
    refused("for more than is consented to", &missing, &[], 65001);
}

#[test]
fn a_page_in_a_browser_redeems_from_its_own_origin() {
    let (seeded, challenge) = (seeded(), challenge());
    let code = seeded.code(&query(SPA, &challenge, &format!("{WRITE} offline_access")), BOB);
    let form = redemption(&code, SPA, VERIFIER);
    let ours = [("Origin", "https://app.contoso.example")];
    for (headers, number) in [(&[][..], 9_002_327_u64), (&[("Origin", "https://evil.example")], 9_002_326)] {
        let body = seeded.post("oauth2/v2.0/token", &form, headers).is(400).json();
        assert_eq!(body["error_codes"][0], number, "{body}");
    }
    let answer = seeded.post("oauth2/v2.0/token", &form, &ours).is(200);
    assert_eq!(answer.header("Access-Control-Allow-Origin"), Some("*"));
    let granted = answer.json();
    let seconds = granted["refresh_token_expires_in"].as_u64().expect("seconds");
    assert!((86_000..=86_400).contains(&seconds), "{seconds}");
    let refresh = granted["refresh_token"].as_str().expect("a refresh token");
    let form = [("grant_type", "refresh_token"), ("client_id", TOOL), ("refresh_token", refresh)];
    seeded.post("oauth2/v2.0/token", &form, &[]).is(400);
    seeded.post("oauth2/v2.0/token", &form, &ours).is(200);
}

#[test]
fn what_the_application_is_told_at_its_address_and_what_the_page_keeps() {
    let (seeded, challenge) = (seeded(), challenge());
    let caller = seeded.server.caller().nobody();
    let open = |change: &[(&str, &str)]| {
        let mut query = query(NATIVE, &challenge, WRITE);
        query.retain(|(name, _)| change.iter().all(|(changed, _)| changed != name));
        query.extend(change.iter().filter(|(_, value)| !value.is_empty()));
        caller.get(&format!("/{TENANT}/oauth2/v2.0/authorize?{}", super::form_text(&query))).send()
    };
    for (change, number) in [
        (("redirect_uri", "https://evil.example/"), "AADSTS50011"),
        (("redirect_uri", ""), "AADSTS900144"),
        (("client_id", TENANT), "AADSTS700016"),
        (("response_mode", "x"), "AADSTS9002313"),
    ] {
        let page = open(&[change]).is(400);
        assert!(page.text().contains(number), "{change:?}: {}", page.text());
    }
    for (change, error, number) in [
        (("response_type", "token"), "unsupported_response_type", "AADSTS700054"),
        (("code_challenge_method", "plain"), "invalid_request", "AADSTS9002313"),
        (("code_challenge", "x"), "invalid_request", "AADSTS501491"),
        (("scope", ""), "invalid_request", "AADSTS900144"),
        (("prompt", "none"), "login_required", "AADSTS50058"),
    ] {
        let location = open(&[change]).is(302).header("Location").expect("a location").to_owned();
        assert!(location.starts_with(NATIVE), "{location}");
        assert_eq!(parameter(&location, "error").as_deref(), Some(error), "{location}");
        assert_eq!(parameter(&location, "state").as_deref(), Some("a state & more"));
        assert!(
            parameter(&location, "error_description").is_some_and(|text| text.starts_with(number)),
            "{location}"
        );
    }
    let page = open(&[("state", "\"><script>")]).is(200);
    assert!(!page.text().contains("<script>"), "{}", page.text());
    let policy = page.header("Content-Security-Policy").unwrap_or_default();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let form = open(&[("response_mode", "form_post"), ("prompt", "none")]).is(200);
    assert!(form.text().contains("login_required") && form.text().contains("method=\"post\""));
}

#[test]
fn consent_is_asked_of_those_who_may_give_it() {
    let (seeded, challenge) = (seeded(), challenge());
    let page =
        |scope: &str, user: &str, answer| seeded.sign_in(&query(NATIVE, &challenge, scope), user, answer);
    let needs_admin = page("DeviceManagementRBAC.Read.All", BOB, None).is(200);
    assert!(needs_admin.text().contains("AADSTS90094"), "{}", needs_admin.text());
    page("DeviceManagementRBAC.Read.All", BOB, Some("accept")).is(200);
    let location = page("DeviceManagementRBAC.Read.All", BOB, Some("cancel")).is(302);
    assert_eq!(
        parameter(location.header("Location").expect("a location"), "error").as_deref(),
        Some("access_denied")
    );
    assert!(page("User.Read", BOB, None).is(200).text().contains("Permissions requested"));
    page("User.Read", BOB, Some("accept")).is(302);
    page("User.Read", BOB, None).is(302);
    // An administrator consents for everybody.
    page("DeviceManagementRBAC.Read.All", ALICE, Some("accept_for_all")).is(302);
    page("DeviceManagementRBAC.Read.All", BOB, None).is(302);
    page("User.Read", "eve@contoso.example", None).is(302);
}

#[test]
fn a_device_code_waits_for_a_person() {
    let seeded = seeded();
    let asked =
        seeded.post("oauth2/v2.0/devicecode", &[("client_id", TOOL), ("scope", WRITE)], &[]).is(200).json();
    let text = |member: &str| asked[member].as_str().expect("a text").to_owned();
    let (code, user_code) = (text("device_code"), text("user_code"));
    let grant = ("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
    let form = [grant, ("client_id", TOOL), ("device_code", &code)];
    let error = |form: &[(&str, &str)]| seeded.token(form).is(400).json()["error"].clone();
    assert_eq!(error(&form), "authorization_pending");
    let page = seeded.server.caller().nobody().get(&text("verification_uri")).send().is(200);
    assert!(page.text().contains("name=\"user_code\""), "{}", page.text());
    let enter =
        |user_code: &str| seeded.post("oauth2/deviceauth", &[("user_code", user_code), ("user", BOB)], &[]);
    assert!(enter("WRONG").is(400).text().contains("AADSTS70018"));
    assert!(enter(&user_code.to_lowercase()).is(200).text().contains("You have signed in"));
    let granted = seeded.token(&form).is(200).json();
    assert_eq!(claims(&granted["access_token"])["upn"], BOB);
    assert_eq!(error(&form), "invalid_grant", "a code is redeemed once");
    let asked =
        seeded.post("oauth2/v2.0/devicecode", &[("client_id", TOOL), ("scope", WRITE)], &[]).is(200).json();
    let (code, user_code) =
        (asked["device_code"].as_str().expect("a code"), asked["user_code"].as_str().expect("a code"));
    let decline = [("user_code", user_code), ("user", BOB), ("answer", "cancel")];
    seeded.post("oauth2/deviceauth", &decline, &[]).is(200);
    assert_eq!(error(&[grant, ("client_id", TOOL), ("device_code", code)]), "authorization_declined");
}
