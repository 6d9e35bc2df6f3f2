//! Signed requests: what is no proof of this request, here and now, is refused and changes nothing

use check_in::CHECK_IN_PATH;
use request_proof::{
    NONCE_HEADER, PROOF_HEADER, PrivateKey, ProofClaims, body_digest, sign, sign_with_new_key,
};
use serde_json::json;
use testkit::{HttpAnswer, TestServer};

use super::{Device, agent, inner_code};

both![
    a_proof_of_something_else_is_refused,
    a_request_is_taken_once_and_in_order,
    only_posts_of_what_is_there_are_answered,
    a_nonce_of_another_server_is_refused,
];

fn a_proof_of_something_else_is_refused(server: &TestServer) {
    let (caller, other) = (server.caller(), server.caller());
    let (device, path) = Device::enrolled(&caller);
    device.check_in(&device.report(&[])).is(200);
    let (before, etag) = agent(&caller, &path);
    let body = serde_json::to_string(&device.report(&[("WakeOnLan", "Enabled")])).expect("a text");
    let claims = |change: &dyn Fn(&mut ProofClaims)| {
        let mut claims = device.claims(CHECK_IN_PATH, &body);
        change(&mut claims);
        claims
    };
    let own = device.key_id.borrow().clone().expect("an id");
    let foreign = own.replace(&caller.tenant_id().to_string(), &other.tenant_id().to_string());
    let stranger = PrivateKey::generate().expect("a key");
    let good = sign(&device.key, &own, &claims(&|_| {})).expect("a proof");
    let (head, _) = good.rsplit_once('.').expect("three parts");
    let cases = [
        ("no proof of the form", "x.y.z".to_owned(), "ProofInvalid"),
        ("no signature", format!("{head}."), "ProofInvalid"),
        ("another key", sign(&stranger, &own, &claims(&|_| {})).expect("a proof"), "ProofInvalid"),
        ("another tenant", sign(&device.key, &foreign, &claims(&|_| {})).expect("a proof"), "KeyUnknown"),
        (
            "another spelling",
            sign(&device.key, &own.to_uppercase(), &claims(&|_| {})).expect("a proof"),
            "KeyUnknown",
        ),
        (
            "another method",
            sign(&device.key, &own, &claims(&|claims| claims.method = "GET".into())).expect("a proof"),
            "ProofInvalid",
        ),
        (
            "another path",
            sign(&device.key, &own, &claims(&|claims| claims.path = "/_/agent/enroll".into()))
                .expect("a proof"),
            "ProofInvalid",
        ),
        (
            "another body",
            sign(&device.key, &own, &claims(&|claims| claims.body = body_digest(b"{}"))).expect("a proof"),
            "ProofInvalid",
        ),
        (
            "another nonce",
            sign(&device.key, &own, &claims(&|claims| claims.nonce = "old".into())).expect("a proof"),
            "NonceStale",
        ),
    ];
    for (case, proof, code) in cases {
        let answer = device.send_with(CHECK_IN_PATH, &body, &proof).refused(401, &[]);
        assert_eq!(inner_code(&answer), code, "{case}");
    }
    let missing = caller.nobody().post(CHECK_IN_PATH).text(&body).send().refused(401, &[PROOF_HEADER]);
    assert_eq!(inner_code(&missing), "ProofMissing");
    assert!(missing.header(NONCE_HEADER).is_some());
    let with_token = caller.post(CHECK_IN_PATH).text(&body).send().refused(401, &[]);
    assert_eq!(inner_code(&with_token), "ProofMissing", "a token is no proof");
    // A check-in is the bearer's of a known key, even if somebody shows a new one.
    let new_key = sign_with_new_key(&device.key, &claims(&|_| {})).expect("a proof");
    device.send_with(CHECK_IN_PATH, &body, &new_key).refused(400, &["'kid'"]);
    assert_eq!(agent(&caller, &path), (before, etag));
    device.send(CHECK_IN_PATH, &body).is(200);
}

fn a_request_is_taken_once_and_in_order(server: &TestServer) {
    let caller = server.caller();
    let (device, _) = Device::enrolled(&caller);
    device.check_in(&device.report(&[])).is(200);
    let body = serde_json::to_string(&device.report(&[])).expect("a text");
    let (first, second) = (device.claims(CHECK_IN_PATH, &body), device.claims(CHECK_IN_PATH, &body));
    let send = |claims: &ProofClaims| -> HttpAnswer {
        device.send_with(CHECK_IN_PATH, &body, &device.proof(claims))
    };
    send(&second).is(200);
    for (case, claims) in [("replayed", &second), ("reordered", &first)] {
        assert_eq!(inner_code(&send(claims).refused(401, &["sequence"])), "ProofReplayed", "{case}");
    }
    device.check_in(&device.report(&[])).is(200);
}

fn only_posts_of_what_is_there_are_answered(server: &TestServer) {
    let caller = server.caller();
    let (device, _) = Device::enrolled(&caller);
    caller.get(CHECK_IN_PATH).send().refused(405, &[]);
    device.send("/_/agent/other", "{}").refused(404, &["/_/agent/other"]);
    device.send(CHECK_IN_PATH, &json!({"attributes": "x".repeat(300_000)}).to_string()).refused(413, &[]);
    device.check_in(&device.report(&[])).is(200);
}

fn a_nonce_of_another_server_is_refused(server: &TestServer) {
    let caller = server.caller();
    let (device, _) = Device::enrolled(&caller);
    let answer = device.check_in(&device.report(&[])).is(200);
    assert_eq!(answer.header(NONCE_HEADER).map(str::len), Some(43));
    let nonce = device.nonce.replace("A".repeat(43));
    let body = serde_json::to_string(&device.report(&[])).expect("a text");
    let proof = device.proof(&device.claims(CHECK_IN_PATH, &body));
    assert_eq!(
        inner_code(&device.send_with(CHECK_IN_PATH, &body, &proof).refused(401, &["nonce"])),
        "NonceStale"
    );
    assert_eq!(*device.nonce.borrow(), nonce, "the answer has the one that holds");
}
