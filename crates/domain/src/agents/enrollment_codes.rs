//! `musterEnrollmentCodes`: the codes by which devices enroll. A code is random, and rests nowhere: its entity has a digest
//! of it for an id.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use data_encoding::BASE32_NOPAD;
use engine::generic::complex_value;
use engine::handlers::{
    AnyValue, BooleanValue, IntegerValue, Invocation, NamedParameter, Names, Operate, StartError, TextValue,
};
use engine::{Answer, Context, Error, ErrorKind, Handlers};
use futures_util::future::BoxFuture;
use odata::date_time::Ticks;
use odata::edm::{SetId, TypeId};
use odata::payload::Draft;
use odata::{Key, Record, Value};
use store::Change;
use uuid::Uuid;

/// The path of the action that makes a code.
pub const CREATE_CODE_PATH: &str = "/beta/deviceManagement/musterEnrollmentCodes/muster.create";
const CODES: &str = "musterEnrollmentCodes";
const CODE: &str = "muster.enrollmentCode";
const NEW_CODE: &str = "muster.newEnrollmentCode";

const TICKS_PER_HOUR: i64 = 3_600 * 10_000_000;
/// The time that a code holds if its maker says nothing, and at most.
const TIME_DEFAULT: i64 = 8 * TICKS_PER_HOUR;
const TIME_MAX: i64 = 90 * 24 * TICKS_PER_HOUR;
/// The most devices that one code enrolls.
const QUOTA_MAX: i64 = 100_000;
/// The random bytes of a code.
const SECRET_BYTES: usize = 16;
/// The most characters of a group tag.
const GROUP_TAG_MAX: usize = 512;

engine::slots! {
    /// Where a code says what it is good for.
    struct CodeSlots of CODE {
        created_date_time,
        expiration_date_time,
        group_tag,
        quota,
        used_count,
        replaces_keys,
    }
}

/// The codes of tenants.
pub(super) struct EnrollmentCodes {
    set: SetId,
    slots: CodeSlots,
}

/// A code as a device sends it: whose it is, and the id by which it rests.
pub(super) struct PresentedCode {
    pub(super) tenant: Uuid,
    pub(super) key: Key,
}

/// A code that holds, and the change that spends it once.
pub(super) struct SpendableCode {
    pub(super) group_tag: Option<String>,
    pub(super) replaces_keys: bool,
    pub(super) spending: Change,
}

impl PresentedCode {
    /// Reads a code; case and hyphens do not matter.
    pub(super) fn read(text: &str) -> Result<PresentedCode, Error> {
        let bare: String = text.chars().filter(|letter| !matches!(letter, '-' | ' ')).collect();
        let bytes = BASE32_NOPAD.decode(bare.to_ascii_uppercase().as_bytes()).ok();
        let Some((tenant, secret)) = bytes.as_deref().and_then(|bytes| bytes.split_first_chunk::<16>())
        else {
            return Err(unknown_code());
        };
        let tenant = Uuid::from_bytes(*tenant);
        if secret.len() != SECRET_BYTES {
            return Err(unknown_code());
        }
        Ok(PresentedCode { tenant, key: key_of(tenant, secret) })
    }
}

/// The id of a code: a digest of it.
fn key_of(tenant: Uuid, secret: &[u8]) -> Key {
    let digest = digest(&SHA256, &[b"enrollment code", &tenant.as_bytes()[..], secret].concat());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_ref()[..16]);
    Key::from(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

fn unknown_code() -> Error {
    Error::new(
        ErrorKind::Forbidden,
        "There is no such enrollment code; have one made by 'muster enroll-code'.",
    )
    .about("code")
}

impl EnrollmentCodes {
    pub(super) fn new(names: &Names<'_>) -> Result<EnrollmentCodes, StartError> {
        Ok(EnrollmentCodes { set: names.set(CODES)?, slots: CodeSlots::new(names)? })
    }

    /// A code as it is now, if it still holds.
    pub(super) async fn spendable(&self, context: &Context<'_>, key: &Key) -> Result<SpendableCode, Error> {
        let slots = &self.slots;
        let row = context.get(self.set, None, key).await?.ok_or_else(unknown_code)?;
        let mut record = context.store.record(self.set, &row)?;
        let refuse = |what| Err(Error::new(ErrorKind::Forbidden, what).about("code"));
        if !matches!(record.get(slots.expiration_date_time), Some(Value::DateTimeOffset(at)) if *at > context.now)
        {
            return refuse("The enrollment code has expired; have another one made.");
        }
        let number = |slot| match record.get(slot) {
            Some(Value::Int(number)) => *number,
            _ => 0,
        };
        let used = number(slots.used_count);
        if used >= number(slots.quota) {
            return refuse("The enrollment code is spent; have another one made.");
        }
        let group_tag = record.text(slots.group_tag).map(str::to_owned);
        let replaces_keys = record.get(slots.replaces_keys) == Some(&Value::Boolean(true));
        let before = record.clone();
        record.set(slots.used_count, Value::Int(used + 1));
        let spending = engine::generic::bare_update(context, self.set, &row, &before, record)?;
        Ok(SpendableCode { group_tag, replaces_keys, spending })
    }
}

/// Registers the action that makes codes.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let operation = names.operation("create", CODE)?;
    let create = CreateCode {
        quota: names.parameter(operation, "quota")?,
        expires_in: names.parameter(operation, "expiresIn")?,
        group_tag: names.parameter(operation, "groupTag")?,
        replaces_keys: names.parameter(operation, "replacesKeys")?,
        set: names.set(CODES)?,
        entity: names.structured(CODE)?,
        slots: CodeSlots::new(names)?,
        result: names.structured(NEW_CODE)?,
        result_slots: [
            names.slot(NEW_CODE, "id")?,
            names.slot(NEW_CODE, "code")?,
            names.slot(NEW_CODE, "expirationDateTime")?,
        ],
    };
    handlers.operation(operation, create);
    Ok(())
}

/// `create`: makes a code, and shows it this once.
struct CreateCode {
    quota: NamedParameter<IntegerValue>,
    expires_in: NamedParameter<AnyValue>,
    group_tag: NamedParameter<TextValue>,
    replaces_keys: NamedParameter<BooleanValue>,
    set: SetId,
    entity: TypeId,
    slots: CodeSlots,
    result: TypeId,
    result_slots: [u16; 3],
}

impl CreateCode {
    fn quota(&self, invocation: &Invocation<'_>) -> Result<i64, Error> {
        match invocation.parameter(&self.quota).unwrap_or(1) {
            quota @ 1..=QUOTA_MAX => Ok(quota),
            _ => Err(out_of_bounds(self.quota.name(), &format!("1 to {QUOTA_MAX}"))),
        }
    }

    fn time(&self, invocation: &Invocation<'_>) -> Result<i64, Error> {
        match invocation.parameter(&self.expires_in) {
            None | Some(Value::Null) => Ok(TIME_DEFAULT),
            Some(Value::Duration(ticks)) if (1..=TIME_MAX).contains(ticks) => Ok(*ticks),
            Some(_) => Err(out_of_bounds(self.expires_in.name(), "a time up to P90D")),
        }
    }

    fn group_tag<'i>(&self, invocation: &'i Invocation<'_>) -> Result<Option<&'i str>, Error> {
        let tag = invocation.parameter(&self.group_tag).filter(|tag| !tag.trim().is_empty());
        match tag {
            Some(tag) if tag.chars().count() > GROUP_TAG_MAX => {
                Err(out_of_bounds(self.group_tag.name(), &format!("at most {GROUP_TAG_MAX} characters")))
            }
            tag => Ok(tag),
        }
    }
}

fn out_of_bounds(name: &str, bounds: &str) -> Error {
    let message = format!("The parameter '{name}' takes {bounds}.");
    Error::bad_request(message).coded(odata::code::INVALID_VALUE).about(name)
}

impl Operate for CreateCode {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let (context, slots) = (invocation.context, &self.slots);
            let (quota, time) = (self.quota(&invocation)?, self.time(&invocation)?);
            let group_tag = self.group_tag(&invocation)?;
            let replaces_keys = invocation.parameter(&self.replaces_keys).unwrap_or(false);
            let (tenant, mut secret) = (context.tenant(), [0; SECRET_BYTES]);
            rand::fill(&mut secret).map_err(|_| Error::defect("the system gives no randomness"))?;
            let key = key_of(tenant, &secret);
            let code = BASE32_NOPAD.encode(&[tenant.into_bytes(), secret].concat());
            let expires = Value::DateTimeOffset(Ticks(context.now.0 + time));

            let mut record = Record::empty(self.entity, context.model().structured(self.entity).slots);
            for (slot, value) in [
                (0, Value::String(key.to_string().into())),
                (slots.created_date_time, Value::DateTimeOffset(context.now)),
                (slots.expiration_date_time, expires.clone()),
                (slots.group_tag, group_tag.map_or(Value::Null, |tag| Value::String(tag.into()))),
                (slots.quota, Value::Int(quota)),
                (slots.used_count, Value::Int(0)),
                (slots.replaces_keys, Value::Boolean(replaces_keys)),
            ] {
                record.set(slot, value);
            }
            let entity = Draft(record).complete(context.model())?;
            let insert = Change::Insert { set: self.set, parent: None, key: key.clone(), entity };
            context.commit(vec![insert]).await?;

            let mut shown = Record::empty(self.result, context.model().structured(self.result).slots);
            let values = [
                Value::String(key.to_string().into()),
                Value::String(code.to_ascii_lowercase().into()),
                expires,
            ];
            for (slot, value) in self.result_slots.into_iter().zip(values) {
                shown.set(slot, value);
            }
            complex_value(context, self.result, shown)
        })
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE32_NOPAD;
    use uuid::Uuid;

    use super::{PresentedCode, key_of};

    #[test]
    fn a_code_is_read_whatever_its_case_and_hyphens() {
        let (tenant, secret) = (Uuid::from_u128(7), Uuid::from_u128(9));
        let code = BASE32_NOPAD.encode(&[tenant.into_bytes(), secret.into_bytes()].concat());
        let hyphened = format!("{}-{}", &code[..8], &code[8..]);
        for text in [code.clone(), code.to_ascii_lowercase(), hyphened] {
            let read = PresentedCode::read(&text).unwrap();
            assert_eq!((read.tenant, read.key), (tenant, key_of(tenant, secret.as_bytes())), "{text}");
        }
        for text in ["", "a", "not a code", &code[..40], &format!("{code}{code}")] {
            assert!(PresentedCode::read(text).is_err(), "{text}");
        }
    }
}
