//! Large pages that still hold: whoever asks the same again before anything was written is given the same page.
//!
//! Nothing is ever stale: a page is kept with the newest number of the journal of before it was read, and holds only while
//! there is no newer one. So it needs a store that knows this number without asking. A small answer costs less to read than
//! to look for.

use odata::edm::PermissionId;
use odata::uri::Shape;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use uuid::Uuid;

use crate::{Answer, Body, Call, CallerKind, Verb};

/// The bytes of all pages together; those that are asked for least make room.
const ALL_BYTES_MAX: u64 = 16 << 20;
/// The bytes of the smallest and the largest page that is kept. A page of a thousand entities has some 1.2 MB.
const PAGE_BYTES_MIN: usize = 32 << 10;
const PAGE_BYTES_MAX: usize = 2 << 20;
/// The number of pages that are expected, to begin with. It is small: the room is shared out among as many parts as many
/// pages would need, and each part must have room for a large one.
const PAGES_EXPECTED: usize = 16;

/// The pages that are kept.
pub(crate) struct PageCache(Cache<PageKey, KeptPage, Bytes>);

/// Everything that decides a page beside what is stored.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct PageKey {
    tenant: Uuid,
    /// The kind and the permissions of the caller: a page may lead through what not everyone may see.
    kind: CallerKind,
    permissions: Box<[PermissionId]>,
    /// The tags that confine the caller.
    tags: Box<[Box<str>]>,
    text: Box<str>,
    /// The most entities of a page, which may change.
    page_size: u64,
}

#[derive(Clone)]
struct KeptPage {
    newest: i64,
    answer: Answer,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<PageKey, KeptPage> for Bytes {
    fn weight(&self, key: &PageKey, kept: &KeptPage) -> u64 {
        (key.text.len() + body_bytes(&kept.answer)) as u64
    }
}

impl PageKey {
    /// The key of a call for a page, unless its answer hangs on a precondition or a change set.
    pub(crate) fn of(call: &Call, shape: Shape, is_in_change_set: bool, page_size: u64) -> Option<PageKey> {
        let is_page = call.verb == Verb::Get && matches!(shape, Shape::Entities(_));
        if !is_page || is_in_change_set || call.if_match.is_some() || call.if_none_match.is_some() {
            return None;
        }
        let [accept, prefer] =
            [&call.accept, &call.prefer].map(|header| header.as_deref().unwrap_or_default());
        let text = [accept, prefer, &call.origin, &call.path, &call.query].join("\n").into();
        let caller = &call.caller;
        let permissions = caller.permissions.as_slice().into();
        let tags = caller.tags.as_slice().into();
        Some(PageKey { tenant: caller.tenant, kind: caller.kind, permissions, tags, text, page_size })
    }
}

impl PageCache {
    /// A cache without pages.
    pub(crate) fn new() -> PageCache {
        PageCache(Cache::with_weighter(PAGES_EXPECTED, ALL_BYTES_MAX, Bytes))
    }

    /// The page that was given when this was the journal's newest entry.
    pub(crate) fn get(&self, key: &PageKey, newest: i64) -> Option<Answer> {
        self.0.get(key).filter(|kept| kept.newest == newest).map(|kept| kept.answer)
    }

    /// Keeps a page that was read after the journal's newest entry was asked for, if it is large.
    pub(crate) fn keep(&self, key: PageKey, newest: i64, answer: &Answer) {
        if (PAGE_BYTES_MIN..=PAGE_BYTES_MAX).contains(&body_bytes(answer)) {
            self.0.insert(key, KeptPage { newest, answer: answer.clone() });
        }
    }
}

fn body_bytes(answer: &Answer) -> usize {
    match &answer.body {
        Body::None => 0,
        Body::Json { text, .. } | Body::Text(text) | Body::Bytes(text) | Body::Xml(text) => text.len(),
    }
}
