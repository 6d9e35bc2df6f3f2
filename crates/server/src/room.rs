//! The room for bodies and answers: so many of their bytes are in memory at once, whoever sends them or does not fetch them.
//!
//! A place goes with the bytes themselves and is given back when the last reader of them is gone, be it the HTTP library, which
//! keeps an answer until its client takes it. Large ones leave a quarter of the room to small ones, so that who sends or asks
//! for much does not keep the others from being served.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use engine::{Answer, Body, Error, ErrorKind};
use tokio::sync::oneshot;

use crate::code;
use crate::request_error::RequestError;

/// The bytes up to which a body or an answer is a small one.
const SMALL_BYTES_MAX: usize = 64 << 10;
/// The bytes up to which an answer is not counted: an entity, or what was refused.
const UNCOUNTED_BYTES_MAX: usize = 4 << 10;
/// The requests that wait for room at once; what they have sent already is with the HTTP library.
const WAITING_MAX: usize = 32;
/// The time that a request waits for room.
const WAIT_TIME_MAX: Duration = Duration::from_secs(5);

/// The room, shared by all requests.
#[derive(Debug)]
pub struct Room {
    bytes: usize,
    now: Mutex<RoomNow>,
}

#[derive(Debug, Default)]
struct RoomNow {
    taken: usize,
    waiting: VecDeque<(usize, oneshot::Sender<RoomPlace>)>,
}

/// Room that is taken until it is dropped.
#[derive(Debug)]
pub struct RoomPlace {
    room: Arc<Room>,
    bytes: usize,
}

/// Bytes that have a place.
struct PlacedBytes<B> {
    bytes: B,
    _place: RoomPlace,
}

impl<B: AsRef<[u8]>> AsRef<[u8]> for PlacedBytes<B> {
    fn as_ref(&self) -> &[u8] {
        self.bytes.as_ref()
    }
}

impl Room {
    /// Room for so many bytes.
    pub fn new(bytes: usize) -> Arc<Room> {
        Arc::new(Room { bytes, now: Mutex::default() })
    }

    /// The bytes for which room is taken.
    pub fn taken(&self) -> usize {
        self.now().taken
    }

    /// Takes room for a body, and waits for it if few others do.
    pub async fn take(self: &Arc<Self>, bytes: usize) -> Result<RoomPlace, RequestError> {
        let waiting = {
            let mut now = self.now();
            let has_turn = now.waiting.is_empty() || bytes <= SMALL_BYTES_MAX;
            if has_turn && self.fits(&now, bytes) {
                return Ok(self.place(&mut now, bytes));
            }
            now.waiting.retain(|(_, sender)| !sender.is_closed());
            if now.waiting.len() >= WAITING_MAX {
                return Err(no_room());
            }
            let (sender, receiver) = oneshot::channel();
            now.waiting.push_back((bytes, sender));
            receiver
        };
        // Seldom, so no request has to make room for it.
        let waited = Box::pin(tokio::time::timeout(WAIT_TIME_MAX, waiting)).await;
        waited.ok().and_then(Result::ok).ok_or_else(no_room)
    }

    /// Takes room that is there.
    pub fn try_take(self: &Arc<Self>, bytes: usize) -> Result<RoomPlace, RequestError> {
        let mut now = self.now();
        if self.fits(&now, bytes) { Ok(self.place(&mut now, bytes)) } else { Err(no_room()) }
    }

    /// Gives an answer its place. That of a read is refused if there is none. What was changed is told in any case: it had a
    /// body, or is small.
    pub fn hold(self: &Arc<Self>, answer: &mut Answer, is_read: bool) -> Result<(), RequestError> {
        let bytes = match &mut answer.body {
            Body::None => return Ok(()),
            Body::Json { text, .. } => text,
            Body::Text(bytes) | Body::Bytes(bytes) | Body::Xml(bytes) => bytes,
        };
        if bytes.len() > UNCOUNTED_BYTES_MAX {
            let place = match is_read {
                true => self.try_take(bytes.len())?,
                false => self.place(&mut self.now(), bytes.len()),
            };
            *bytes = place.hold(std::mem::take(bytes));
        }
        Ok(())
    }

    fn fits(&self, now: &RoomNow, bytes: usize) -> bool {
        let bound = if bytes <= SMALL_BYTES_MAX { self.bytes } else { self.bytes / 4 * 3 };
        now.taken.saturating_add(bytes) <= bound
    }

    fn place(self: &Arc<Self>, now: &mut RoomNow, bytes: usize) -> RoomPlace {
        now.taken += bytes;
        RoomPlace { room: Arc::clone(self), bytes }
    }

    fn now(&self) -> MutexGuard<'_, RoomNow> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RoomPlace {
    /// The bytes that it has room for.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Makes the place as large as these bytes, if there is room.
    pub fn grow(&mut self, bytes: usize) -> Result<(), RequestError> {
        let more = bytes.saturating_sub(self.bytes);
        let mut now = self.room.now();
        if !self.room.fits(&now, more) {
            return Err(no_room());
        }
        now.taken += more;
        self.bytes += more;
        Ok(())
    }

    /// The bytes, with this place for as long as anybody has any of them.
    pub fn hold(self, bytes: impl AsRef<[u8]> + Send + 'static) -> Bytes {
        Bytes::from_owner(PlacedBytes { bytes, _place: self })
    }
}

impl Drop for RoomPlace {
    fn drop(&mut self) {
        let mut given = Vec::new();
        {
            let mut now = self.room.now();
            now.taken -= self.bytes;
            while let Some((bytes, _)) = now.waiting.front().map(|(bytes, sender)| (*bytes, sender)) {
                if !self.room.fits(&now, bytes) {
                    break;
                }
                let Some((bytes, sender)) = now.waiting.pop_front() else { break };
                if !sender.is_closed() {
                    given.push((sender, self.room.place(&mut now, bytes)));
                }
            }
        }
        for (sender, place) in given {
            // A place that nobody wants any more is given back as it is dropped.
            let _ = sender.send(place);
        }
    }
}

/// The refusal of a request that there is no room for.
fn no_room() -> RequestError {
    let message =
        "The server has no room for the body or the answer while others send and fetch theirs. Try again.";
    Error { code: code::NO_ROOM, ..Error::new(ErrorKind::Unavailable, message) }.into()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use engine::{Answer, Status};

    use super::{Room, RoomPlace, SMALL_BYTES_MAX, UNCOUNTED_BYTES_MAX, WAITING_MAX};

    const LARGE: usize = SMALL_BYTES_MAX + 1;

    fn room() -> Arc<Room> {
        Room::new(4 * LARGE)
    }

    #[tokio::test(start_paused = true)]
    async fn large_bodies_leave_room_for_small_ones() {
        let room = room();
        let large: Vec<RoomPlace> = (0..3).map(|_| room.try_take(LARGE)).collect::<Result<_, _>>().unwrap();
        assert!(room.try_take(LARGE).is_err() && room.take(LARGE).await.is_err());
        let small = room.take(SMALL_BYTES_MAX).await.unwrap();
        assert!(room.try_take(2).is_err(), "the room is bounded for small ones as well");
        drop((large, small));
        assert_eq!(room.taken(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_few_wait_in_their_order_and_more_are_refused() {
        let room = room();
        let first = room.take(3 * LARGE).await.unwrap();
        let waiting: Vec<_> = (0..WAITING_MAX)
            .map(|_| {
                let room = Arc::clone(&room);
                tokio::spawn(async move { room.take(LARGE).await })
            })
            .collect();
        tokio::task::yield_now().await;
        assert!(room.take(LARGE).await.is_err(), "at once, as the others have not waited in vain yet");
        drop(first);
        let mut got = Vec::new();
        for task in waiting {
            got.push(task.await.unwrap());
        }
        assert!(got[..3].iter().all(Result::is_ok) && got[3..].iter().all(Result::is_err));
        drop(got);
        assert_eq!(room.taken(), 0);
    }

    #[tokio::test]
    async fn a_place_grows_as_far_as_there_is_room() {
        let room = room();
        let mut place = room.take(1).await.unwrap();
        place.grow(3 * LARGE).unwrap();
        assert!(place.grow(4 * LARGE).is_err());
        assert_eq!(room.taken(), 3 * LARGE);
        place.grow(1).unwrap();
        assert_eq!(room.taken(), 3 * LARGE, "it does not shrink");
    }

    #[test]
    fn an_answer_has_its_place_until_its_last_reader_is_gone() {
        let room = room();
        let answer = |bytes: usize| Answer::json(Status::Ok, "a".repeat(bytes));
        let body = |answer: Answer| match answer.body {
            engine::Body::Json { text, .. } => text,
            other => panic!("{other:?}"),
        };
        let mut entity = answer(UNCOUNTED_BYTES_MAX);
        room.hold(&mut entity, true).unwrap();
        assert_eq!(room.taken(), 0);
        let mut page = answer(3 * LARGE);
        room.hold(&mut page, true).unwrap();
        let page = body(page);
        let part = page.slice(7..8);
        drop(page);
        assert_eq!((room.taken(), &part[..]), (3 * LARGE, &b"a"[..]));
        assert!(room.hold(&mut answer(LARGE), true).is_err(), "a read can be asked for again");
        let mut change = answer(LARGE);
        room.hold(&mut change, false).unwrap();
        assert_eq!(room.taken(), 4 * LARGE, "what was changed is told");
        drop((part, change));
        assert_eq!(room.taken(), 0);
    }
}
