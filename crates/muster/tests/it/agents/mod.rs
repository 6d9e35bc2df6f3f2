//! `/_/agent/…`: devices with an agent, from their enrollment to a changed setting

mod enrollment;
mod fleet;
mod machine;
mod password_survival;
mod passwords;
mod process;
mod proof;
mod reports;
mod restored;
mod rings;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use check_in::{
    AttributeReport, AttributeValues, CHECK_IN_PATH, CheckInRequest, ENROLL_PATH, FirmwareInterface, Machine,
};
use request_proof::{
    NONCE_HEADER, PROOF_HEADER, PrivateKey, ProofClaims, body_digest, sign, sign_with_new_key,
};
use serde_json::{Value, json};
use testkit::{HttpAnswer, TestCaller};

use crate::samples::unique;

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const CODES: &str = "musterEnrollmentCodes";

/// A code that enrolls so many devices.
#[track_caller]
fn code(caller: &TestCaller<'_>, more: &Value) -> String {
    let made = caller.act(&format!("{CODES}/muster.create"), more).is(200).json();
    made["code"].as_str().unwrap_or_else(|| panic!("no code: {made}")).to_owned()
}

/// A device with a key of its own, whose requests a test makes one by one.
struct Device<'s> {
    caller: TestCaller<'s>,
    key: PrivateKey,
    machine: Machine,
    key_id: RefCell<Option<String>>,
    nonce: RefCell<String>,
    sequence: Cell<u64>,
}

impl<'s> Device<'s> {
    fn new(caller: &TestCaller<'s>) -> Device<'s> {
        let machine = Machine {
            manufacturer: "Dell Inc.".into(),
            model: "Latitude 7450".into(),
            serial_number: unique("S"),
            uuid: uuid::Uuid::new_v4().to_string(),
            ..Machine::default()
        };
        Device::of(caller, machine)
    }

    fn of(caller: &TestCaller<'s>, machine: Machine) -> Device<'s> {
        Device {
            caller: caller.nobody(),
            key: PrivateKey::generate().expect("a key"),
            machine,
            key_id: RefCell::default(),
            nonce: RefCell::default(),
            sequence: Cell::new(0),
        }
    }

    /// A device that is enrolled, and its path.
    #[track_caller]
    fn enrolled(caller: &TestCaller<'s>) -> (Device<'s>, String) {
        let device = Device::new(caller);
        let answer = device.enroll(&code(caller, &json!({}))).is(200).json();
        let id = answer["deviceId"].as_str().unwrap_or_else(|| panic!("no id: {answer}")).to_owned();
        (device, format!("{DEVICES}/{id}"))
    }

    #[track_caller]
    fn enroll(&self, code: &str) -> HttpAnswer {
        let answer = self.send(ENROLL_PATH, &json!({"code": code, "machine": self.machine}).to_string());
        if answer.status == 200 {
            *self.key_id.borrow_mut() = answer.json()["keyId"].as_str().map(str::to_owned);
        }
        answer
    }

    /// A check-in with these attributes, all of them told.
    fn report(&self, attributes: &[(&str, &str)]) -> CheckInRequest {
        let values: BTreeMap<String, String> =
            attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let values = AttributeValues(values);
        let interface = FirmwareInterface {
            driver: "dell-wmi-sysman".into(),
            is_password_set: false,
            is_reboot_pending: false,
        };
        CheckInRequest {
            machine: self.machine.clone(),
            firmware: Some(interface),
            attributes: AttributeReport { digest: values.digest(), all: Some(values), changes: None },
            ..CheckInRequest::default()
        }
    }

    #[track_caller]
    fn check_in(&self, request: &CheckInRequest) -> HttpAnswer {
        self.send(CHECK_IN_PATH, &serde_json::to_string(request).expect("a text"))
    }

    /// Sends a request as an agent does: once more if the nonce was old.
    #[track_caller]
    fn send(&self, path: &str, body: &str) -> HttpAnswer {
        let answer = self.send_with(path, body, &self.proof(&self.claims(path, body)));
        match answer.status == 401 && inner_code(&answer) == "NonceStale" {
            true => self.send_with(path, body, &self.proof(&self.claims(path, body))),
            false => answer,
        }
    }

    #[track_caller]
    fn send_with(&self, path: &str, body: &str, proof: &str) -> HttpAnswer {
        let answer = self.caller.post(path).header(PROOF_HEADER, proof).text(body).send();
        let nonce = answer.header(NONCE_HEADER).expect("every answer has a nonce");
        nonce.clone_into(&mut self.nonce.borrow_mut());
        answer
    }

    /// The claims of the next request.
    fn claims(&self, path: &str, body: &str) -> ProofClaims {
        self.sequence.set(self.sequence.get() + 1);
        ProofClaims {
            method: "POST".into(),
            path: path.into(),
            body: body_digest(body.as_bytes()),
            nonce: self.nonce.borrow().clone(),
            sequence: self.sequence.get(),
        }
    }

    fn proof(&self, claims: &ProofClaims) -> String {
        match self.key_id.borrow().as_deref() {
            Some(id) => sign(&self.key, id, claims),
            None => sign_with_new_key(&self.key, claims),
        }
        .expect("a proof")
    }
}

fn inner_code(answer: &HttpAnswer) -> String {
    answer.json()["error"]["innerError"]["code"].as_str().unwrap_or_default().to_owned()
}

/// What is stored of the agent of a device, with its entity tag.
#[track_caller]
fn agent(caller: &TestCaller<'_>, device: &str) -> (Value, String) {
    let answer = caller.get(&format!("{device}/musterAgent")).send().is(200);
    let etag = answer.header("etag").unwrap_or_default().to_owned();
    (answer.json(), etag)
}
