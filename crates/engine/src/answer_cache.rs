//! Answers that still hold: whoever asks the same again before anything was written is given the same answer.
//!
//! Nothing is ever stale: an answer is kept with the number of the journal's newest entry of before it was read, and
//! holds only while there is no newer one. So it saves the reading and the writing out, not the question whether it is
//! still true.

use odata::edm::PermissionId;
use odata::uri::Shape;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use uuid::Uuid;

use crate::{Answer, Body, Call, CallerKind, Verb};

/// The bytes of the largest answer that is kept: a page of a thousand entities has some 1.2 MB.
const ANSWER_BYTES_MAX: usize = 2 << 20;
/// The bytes that an answer takes beside its body and its key.
const OVERHEAD_BYTES: u64 = 256;
/// The number of answers that are expected to be kept, to begin with. It is small: the room is shared out among as many parts as many
/// answers would need, and each part must have room for a large one.
const ANSWERS_EXPECTED: usize = 128;

/// The answers that are kept, up to a number of bytes; those that are asked for least make room.
pub(crate) struct AnswerCache(Cache<AnswerKey, CachedAnswer, Bytes>);

/// Everything that decides an answer beside what is stored.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct AnswerKey {
    tenant: Uuid,
    /// The kind and the permissions of the caller: an answer may lead through what not everyone may see.
    kind: CallerKind,
    permissions: Box<[PermissionId]>,
    text: Box<str>,
}

#[derive(Clone)]
struct CachedAnswer {
    newest: i64,
    answer: Answer,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<AnswerKey, CachedAnswer> for Bytes {
    fn weight(&self, question: &AnswerKey, kept: &CachedAnswer) -> u64 {
        (question.text.len() + body_bytes(&kept.answer)) as u64 + OVERHEAD_BYTES
    }
}

impl AnswerKey {
    /// The key of a call that reads, unless its answer hangs on a precondition or a change set.
    pub(crate) fn of(call: &Call, shape: Shape, is_in_change_set: bool) -> Option<AnswerKey> {
        let reads = call.verb == Verb::Get && matches!(shape, Shape::Entity(_) | Shape::Entities(_));
        if !reads || is_in_change_set || call.if_match.is_some() || call.if_none_match.is_some() {
            return None;
        }
        let [accept, prefer] =
            [&call.accept, &call.prefer].map(|header| header.as_deref().unwrap_or_default());
        let text = [accept, prefer, &call.origin, &call.path, &call.query].join("\n");
        let caller = &call.caller;
        let permissions = caller.permissions.as_slice().into();
        Some(AnswerKey { tenant: caller.tenant, kind: caller.kind, permissions, text: text.into() })
    }
}

impl AnswerCache {
    /// An empty cache of so many bytes at most.
    pub(crate) fn new(bytes_max: u64) -> AnswerCache {
        AnswerCache(Cache::with_weighter(ANSWERS_EXPECTED, bytes_max, Bytes))
    }

    /// The answer that was given when this was the journal's newest entry.
    pub(crate) fn get(&self, question: &AnswerKey, newest: i64) -> Option<Answer> {
        self.0.get(question).filter(|kept| kept.newest == newest).map(|kept| kept.answer)
    }

    /// Keeps an answer that was read after the journal's newest entry was asked for.
    pub(crate) fn keep(&self, question: AnswerKey, newest: i64, answer: &Answer) {
        if body_bytes(answer) <= ANSWER_BYTES_MAX {
            self.0.insert(question, CachedAnswer { newest, answer: answer.clone() });
        }
    }
}

fn body_bytes(answer: &Answer) -> usize {
    match &answer.body {
        Body::None => 0,
        Body::Json { text, .. } | Body::Text(text) | Body::Bytes(text) | Body::Xml(text) => text.len(),
    }
}
