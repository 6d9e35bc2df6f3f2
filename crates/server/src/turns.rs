//! Whose turn it is: while several tenants call, each has so many calls under way, so that one with ten times as many
//! connections does not take ten times as much. A tenant alone has no such bound.
//!
//! Calls are counted while they work. One that takes longer than that waits for something itself, and must not keep the
//! others of its tenant from their turn.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use engine::Verb;
use tokio::sync::oneshot;
use tokio::time::timeout;
use uuid::Uuid;

/// The reads of a tenant that are under way beside those of others: more than keep two cores busy.
const READS_MAX: usize = 8;
/// The changes of a tenant that are under way beside those of others: enough for a group that is committed at once.
const CHANGES_MAX: usize = 16;
/// The time after which a call that is under way no longer counts.
const WORK_TIME_MAX: Duration = Duration::from_millis(100);
/// The time for which a tenant counts as a neighbour after its last call.
const NEIGHBOUR_TIME: Duration = Duration::from_millis(200);

/// The turns of all tenants.
#[derive(Debug, Default)]
pub struct Turns(Mutex<TurnsNow>);

/// A turn that is taken until it is dropped.
#[derive(Debug)]
pub struct Turn {
    turns: Arc<Turns>,
    line: TurnKey,
    number: u64,
}

/// A tenant's calls of a kind, which stand in one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct TurnKey {
    tenant: Uuid,
    is_change: bool,
}

#[derive(Debug, Default)]
struct TurnsNow {
    next: u64,
    lines: HashMap<TurnKey, TenantTurns>,
    /// The tenant that called last, and when.
    latest: Option<(Uuid, Instant)>,
    /// The time when any other called last.
    neighbour: Option<Instant>,
}

#[derive(Debug, Default)]
struct TenantTurns {
    /// Those that count, in the order in which they began.
    under_way: VecDeque<(u64, Instant)>,
    waiting: VecDeque<oneshot::Sender<Turn>>,
}

impl Turns {
    /// Waits for the turn of a tenant's call.
    pub async fn take(self: &Arc<Self>, tenant: Uuid, verb: Verb) -> Turn {
        let line = TurnKey { tenant, is_change: verb != Verb::Get };
        let (turn, has_neighbours) = match self.take_now(line) {
            Ok(taken) => taken,
            // Seldom, so no call has to make room for it.
            Err(waiting) => (Box::pin(self.wait(line, waiting)).await, true),
        };
        if has_neighbours {
            // A short read never waits for anything, and a task that is woken runs next: without this the connections would
            // be served in turn, and not the tenants. Requests that have come meanwhile are heard first.
            tokio::task::yield_now().await;
        }
        turn
    }

    /// Takes a turn, and says whether others call as well; or a place among those who wait for a turn.
    fn take_now(self: &Arc<Self>, line: TurnKey) -> Result<(Turn, bool), oneshot::Receiver<Turn>> {
        let mut now = self.now();
        let time = Instant::now();
        now.note(line.tenant, time);
        if now.has_turn(line, time) {
            return Ok((now.begin(self, line, time), now.has_neighbours(time)));
        }
        let (sender, receiver) = oneshot::channel();
        now.lines.entry(line).or_default().waiting.push_back(sender);
        Err(receiver)
    }

    async fn wait(self: &Arc<Self>, line: TurnKey, mut waiting: oneshot::Receiver<Turn>) -> Turn {
        loop {
            match timeout(WORK_TIME_MAX, &mut waiting).await {
                Ok(Ok(turn)) => return turn,
                // Nobody else drops a sender; were it so, nobody would be served by waiting on.
                Ok(Err(_)) => return self.now().begin(self, line, Instant::now()),
                // Some of those that are under way no longer count.
                Err(_) => self.give(line),
            }
        }
    }

    /// Gives turns to those who wait in a line, as far as it has any.
    fn give(self: &Arc<Self>, line: TurnKey) {
        let time = Instant::now();
        let mut given = Vec::new();
        {
            let mut now = self.now();
            while now.has_turn(line, time) {
                let waiting = now.lines.get_mut(&line).map(|line| &mut line.waiting);
                let Some(sender) = waiting.and_then(VecDeque::pop_front) else { break };
                if !sender.is_closed() {
                    given.push((sender, now.begin(self, line, time)));
                }
            }
        }
        for (sender, turn) in given {
            // A turn that nobody wants any more is given back as it is dropped.
            let _ = sender.send(turn);
        }
    }

    fn now(&self) -> MutexGuard<'_, TurnsNow> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TurnsNow {
    fn note(&mut self, tenant: Uuid, time: Instant) {
        match &mut self.latest {
            Some((known, at)) if *known == tenant => *at = time,
            latest => self.neighbour = latest.replace((tenant, time)).map(|(_, at)| at),
        }
    }

    /// Whether several tenants call.
    fn has_neighbours(&self, time: Instant) -> bool {
        self.neighbour.is_some_and(|at| time.duration_since(at) <= NEIGHBOUR_TIME)
    }

    /// Whether a call of a line may begin.
    fn has_turn(&mut self, line: TurnKey, time: Instant) -> bool {
        if !self.has_neighbours(time) {
            return true;
        }
        let under_way = &mut self.lines.entry(line).or_default().under_way;
        while under_way.front().is_some_and(|(_, begin)| time.duration_since(*begin) > WORK_TIME_MAX) {
            under_way.pop_front();
        }
        under_way.len() < if line.is_change { CHANGES_MAX } else { READS_MAX }
    }

    fn begin(&mut self, turns: &Arc<Turns>, line: TurnKey, time: Instant) -> Turn {
        let number = self.next;
        self.next += 1;
        self.lines.entry(line).or_default().under_way.push_back((number, time));
        Turn { turns: Arc::clone(turns), line, number }
    }

    fn end(&mut self, line: TurnKey, number: u64) {
        let Some(found) = self.lines.get_mut(&line) else { return };
        if let Some(at) = found.under_way.iter().position(|(known, _)| *known == number) {
            found.under_way.remove(at);
        }
        if found.under_way.is_empty() && found.waiting.is_empty() {
            self.lines.remove(&line);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let has_waiting = {
            let mut now = self.turns.now();
            now.end(self.line, self.number);
            now.lines.get(&self.line).is_some_and(|line| !line.waiting.is_empty())
        };
        if has_waiting {
            self.turns.give(self.line);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use engine::Verb;
    use uuid::Uuid;

    use super::{CHANGES_MAX, READS_MAX, Turn, TurnKey, Turns, WORK_TIME_MAX};

    const FLOOD: Uuid = Uuid::from_u128(1);
    const NEIGHBOUR: Uuid = Uuid::from_u128(2);

    fn taken(turns: &Arc<Turns>, tenant: Uuid, is_change: bool) -> Option<Turn> {
        turns.take_now(TurnKey { tenant, is_change }).ok().map(|(turn, _)| turn)
    }

    #[test]
    fn a_tenant_alone_has_no_bound() {
        let turns = Arc::default();
        let all: Vec<_> = (0..1_000).map(|_| taken(&turns, FLOOD, false).unwrap()).collect();
        drop(all);
        assert!(turns.now().lines.is_empty(), "nothing is kept");
    }

    #[test]
    fn beside_others_each_has_its_share() {
        for (is_change, each_max) in [(false, READS_MAX), (true, CHANGES_MAX)] {
            let turns = Arc::default();
            let first = taken(&turns, FLOOD, is_change);
            let neighbour = taken(&turns, NEIGHBOUR, is_change);
            let mut flood: Vec<Turn> = first.into_iter().collect();
            flood.extend((1..each_max).map(|_| taken(&turns, FLOOD, is_change).unwrap()));
            let line = TurnKey { tenant: FLOOD, is_change };
            let mut waiting = turns.take_now(line).expect_err("no more than its share");
            let gone = turns.take_now(line).expect_err("nor another");
            let mut last = turns.take_now(line).expect_err("nor a third");
            assert!(taken(&turns, NEIGHBOUR, is_change).is_some(), "the neighbour has its own");
            assert!(waiting.try_recv().is_err());
            drop(flood.pop());
            let next = waiting.try_recv().expect("the first who waits is next");
            assert!(last.try_recv().is_err());
            // Whoever has left is passed over.
            drop((gone, next));
            let last = last.try_recv().expect("and the last comes next");
            drop((last, flood, neighbour));
            assert!(turns.now().lines.is_empty(), "nothing is kept");
        }
    }

    #[tokio::test]
    async fn a_call_that_waits_itself_keeps_nobody_from_its_turn() {
        let turns = Arc::default();
        let waits: Vec<_> = (0..READS_MAX).map(|_| taken(&turns, FLOOD, false)).collect();
        let begin = std::time::Instant::now();
        let neighbour = taken(&turns, NEIGHBOUR, false);
        let turn = turns.take(FLOOD, Verb::Get).await;
        assert!(begin.elapsed() >= WORK_TIME_MAX / 2, "it had to wait a little");
        drop((turn, waits, neighbour));
    }
}
